"""The back office in the hands of an attacker: what is stored, sent and linked to."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import ApiClient, Identity, Member
from loyalty.tests.addresses import addresses
from loyalty.tests.staff_pages import make_shop
from loyalty.tests.test_every_address import SENT, everything
from schemes.models import CardDefinition, Scheme, Unit
from schemes.tests.admin_forms import admin_url
from schemes.tests.factories import EarnRateFactory
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Job, JobRefusal, SweepRun, Transaction

pytestmark = pytest.mark.django_db

# Ends an attribute, begins an element, and is a template's and Alpine's expression.
HOSTILE = "'\"><img src=x onerror=alert(1)>{{7*7}}"
# No number, no day, no row, and nothing that a database could hold.
NONSENSE = ("abc", "\0", "9" * 30, "-1", "[]", "0000-00-00")


@pytest.fixture
def shop(db):
    return make_shop("Shop")


@pytest.fixture
def hostile_shop(shop):
    """A shop in which whoever could write a text wrote something hostile."""
    card = Transaction.objects.get().card
    EarnRateFactory(card_definition=card.definition, name=HOSTILE)
    now = timezone.now()
    ledger.credit(
        card=card,
        points=500,
        now=now,
        cause=Cause(
            actor=HOSTILE,
            reason=HOSTILE,
            reference=HOSTILE,
            metadata={HOSTILE: HOSTILE},
        ),
    )
    ledger.earn(
        card=card, points=50, order=ledger.Order(reference=HOSTILE, amount=1), now=now
    )
    for model in (Unit, Scheme, CardDefinition, Member, ApiClient):
        model.objects.update(name=HOSTILE)
    for model in (Scheme, CardDefinition, Member):
        model.objects.update(metadata={HOSTILE: HOSTILE})
    Scheme.objects.update(description=HOSTILE, reference=HOSTILE)
    Member.objects.update(external_id=HOSTILE)
    Identity.objects.update(value=HOSTILE)
    SweepRun.objects.update(error=HOSTILE)
    User.objects.update(first_name=HOSTILE, last_name=HOSTILE)
    Job.objects.update(
        kind=Job.Kind.IMPORT_MEMBERS,
        status=Job.Status.FAILED,
        refused=1,
        started_at=now,
        finished_at=now,
        reason=HOSTILE,
        error=HOSTILE,
        actor=HOSTILE,
        parameters={"name": HOSTILE, "for": HOSTILE},
    )
    JobRefusal.objects.create(
        job=shop[Job], row=1, key="invalid_value", message=HOSTILE
    )
    return shop


def test_no_page_takes_a_stored_text_for_html_or_a_template(hostile_shop, admin_client):
    shown = 0
    for address, name in addresses(hostile_shop):
        if name == "logout":
            continue
        answer = admin_client.get(address)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        text = answer.getvalue().decode()
        assert "<img src=x" not in text, address
        assert "onerror=alert(1)>49" not in text, address
        shown += "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in text
    assert shown > 30


def test_nothing_is_done_without_the_token_of_the_log_in(shop):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root"))
    before = everything()
    for address, _name in addresses(shop):
        answer = browser.post(address, SENT)
        assert answer.status_code in {403, 404}, address
    assert everything() == before


def test_looking_at_an_address_changes_nothing_whatever_stands_in_it(
    shop, admin_client
):
    before = everything()
    for address, name in addresses(shop):
        if name != "logout":
            assert admin_client.get(address, SENT).status_code < 500, address
    after = everything()
    logged_in = {User: [{**row, "last_login": None} for row in after[User]]}
    expected = {User: [{**row, "last_login": None} for row in before[User]]}
    assert after | logged_in == before | expected


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_a_new_row_is_not_filled_in_with_nonsense(shop, admin_client, value):
    filled_in = 0
    for model in admin.site._registry:
        address = admin_url(model, "add")
        answer = admin_client.get(
            address, {field.name: value for field in model._meta.concrete_fields}
        )
        assert answer.status_code in {200, 403}, address
        filled_in += answer.status_code == 200
    assert filled_in > 5


def test_a_new_row_is_filled_in_with_what_makes_sense(shop, admin_client):
    scheme = shop[Scheme]
    answer = admin_client.get(
        "/admin/schemes/carddefinition/add/", {"scheme": scheme.pk, "name": "Stars"}
    )
    initial = answer.context["adminform"].form.initial
    assert (initial["scheme"], initial["name"]) == (scheme.pk, "Stars")


def test_no_page_is_kept_or_framed_by_others(shop, admin_client):
    for address, name in addresses(shop):
        # Django's own pages, which show nothing but a form, or names of months.
        if name in {"logout", "jsi18n", "password_change", "password_change_done"}:
            continue
        answer = admin_client.get(address)
        if answer.status_code == 200:
            assert "no-store" in answer.headers["Cache-Control"], address
            assert answer.headers["X-Frame-Options"] == "DENY", address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"]
)
@pytest.mark.parametrize("page", ["/admin/login/", "/admin/language/"])
def test_nobody_is_sent_to_another_site(page, target):
    User.objects.create_superuser("root", password="correct horse")
    answer = Client().post(
        f"{page}?next={target}",
        {
            "username": "root",
            "password": "correct horse",
            "language": "de",
            "next": target,
        },
        headers={"referer": target},
    )
    assert answer.status_code == 302
    assert answer.url in {"/", "/admin/"}
