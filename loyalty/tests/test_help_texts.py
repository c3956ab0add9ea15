"""Nobody has to guess: each field that staff fill in says what it is for."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.forms import HiddenInput

from loyalty.tests.staff_pages import make_shop
from schemes.tests.admin_forms import admin_url

pytestmark = pytest.mark.django_db

# Their labels say it all.
PLAIN = {"name", "DELETE", "email", "first_name", "last_name", "password1"}


def fields_of(page):
    """The fields of a page's form and of its inlines, by their names."""
    inlines = page.context["inline_admin_formsets"]
    rows = [each.formset.empty_form for each in inlines if each.has_add_permission]
    for form in [page.context["adminform"].form, *rows]:
        for name, field in form.fields.items():
            if name != form._meta.model._meta.pk.name:
                yield f"{form._meta.model.__name__}.{name}", name, field


@pytest.mark.parametrize("page", ["add", "change"])
@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model not in (User, Group)],
    ids=lambda model: model.__name__,
)
def test_a_field_that_staff_fill_in_says_what_it_is_for(model, page, admin_client):
    shop = make_shop("Shop")
    answer = admin_client.get(admin_url(shop[model], page))
    if answer.status_code == 403:
        pytest.skip("nobody fills in such a form")
    silent = [
        title
        for title, name, field in fields_of(answer)
        if name not in PLAIN
        and not isinstance(field.widget, HiddenInput)
        and not str(field.help_text).strip()
    ]
    assert silent == []
