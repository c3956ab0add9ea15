"""Filling in the admin's forms as a browser does: what the page shows, and changes."""

from django.db import connection
from django.forms import MultiWidget
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def admin_url(instance, page="change"):
    """The address of an instance's page, or of its model's list ("changelist")."""
    options = instance._meta
    arguments = () if page in {"changelist", "add"} else (instance.pk,)
    name = f"admin:{options.app_label}_{options.model_name}_{page}"
    return reverse(name, args=arguments)


def filled_in(page, changes=None):
    """What a browser would send from this page, after these changes."""
    data = _values(page.context["adminform"].form)
    for inline in page.context["inline_admin_formsets"]:
        formset = inline.formset
        data |= _values(formset.management_form)
        for form in formset.initial_forms:
            data |= _values(form)
    return data | (changes or {})


def errors_of(page):
    """The errors of the page's form, and of its inlines' rows, by field."""
    found = dict(page.context["adminform"].form.errors)
    for inline in page.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {form.add_prefix(name): text for name, text in form.errors.items()}
    return {name: " ".join(texts) for name, texts in found.items()}


def sql_of(client, address):
    """The statements that a page takes, once sessions and the like are known."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]


def _values(form):
    data = {}
    for field in form:
        value, widget = field.value(), field.field.widget
        if isinstance(widget, MultiWidget):
            parts = zip(widget.widgets_names, widget.decompress(value), strict=True)
            data |= {f"{field.html_name}{name}": part or "" for name, part in parts}
        elif value is not None and value is not False:
            data[field.html_name] = value
    return data
