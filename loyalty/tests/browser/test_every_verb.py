"""Every verb in a browser: from its button through form and preview to what is booked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Card
from accounts.operations import change_card_status
from loyalty.roles import MANAGER
from loyalty.tests.browser.steps import REASON, confirm, look
from schemes.tests.admin_forms import admin_url
from transactions.admin.verbs.catalogue import VERBS
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import assert_adds_up
from transactions.tests.verbs import NOW, stage

pytestmark = pytest.mark.django_db(transaction=True)

# Of each verb: what it is done to, what is filled in, and the transaction that it writes.
BOOKED = {
    (Card, "credit"): ("card", {"points": "50"}, "ADMIN_CREDIT"),
    (Card, "debit"): ("card", {"points": "70"}, "ADMIN_DEBIT"),
    (Card, "refund_order"): (
        "card",
        {"order_reference": "A-1"},
        "PENDING_POINTS_CANCELED",
    ),
    (Bucket, "activate"): ("waiting", {}, "PENDING_POINTS_ACTIVATED"),
    (Bucket, "cancel"): ("waiting", {"points": "123"}, "PENDING_POINTS_CANCELED"),
    (Bucket, "reschedule"): (
        "active",
        {"expires_at": "2025-08-01T00:00:00"},
        "BUCKET_RESCHEDULED",
    ),
    (Bucket, "expire"): ("active", {}, "ADMIN_POINTS_EXPIRATION"),
    (Transaction, "give_back"): ("spend", {"points": "30"}, "POINTS_RETURNED"),
    (Transaction, "refund_order"): ("earned", {}, "PENDING_POINTS_CANCELED"),
    (Transaction, "release"): ("held", {}, None),
}
# Of those that change the card: its status before and after.
STATUSES = {
    (Card, "block"): ("ACTIVE", "BLOCKED"),
    (Card, "unblock"): ("BLOCKED", "ACTIVE"),
    (Card, "close"): ("ACTIVE", "CLOSED"),
    (Card, "reopen"): ("CLOSED", "ACTIVE"),
    (Card, "replace"): ("ACTIVE", "ACTIVE"),
}
TITLES = {
    (model, verb.name): str(verb.title)
    for model, verbs in VERBS.items()
    for verb in verbs
}


@pytest.fixture
def on(live_server, monkeypatch):
    """A card on which every verb has something to do, a moment after it was made."""
    later = NOW + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    return stage()


@pytest.fixture
def page(on, page_as):
    return page_as(MANAGER, on.card.member.unit)


def named(case):
    model, verb = case
    return f"{model.__name__}-{verb}"


def test_no_verb_of_the_catalogue_is_missing_here():
    assert {*BOOKED, *STATUSES} == {*TITLES}


@pytest.mark.parametrize("case", BOOKED, ids=named)
def test_points_are_moved_once_and_only_when_it_is_confirmed(on, page, case):
    name, asked, type_ = BOOKED[case]
    earned = Transaction.objects.get(bucket=on.waiting)
    before = Transaction.objects.count()
    page.goto(admin_url(earned if name == "earned" else getattr(on, name)))
    page.get_by_role("link", name=TITLES[case]).click()
    look(page, **asked)
    assert Transaction.objects.count() == before
    confirm(page, TITLES[case])
    if type_ is None:
        on.held.refresh_from_db()
        assert on.held.details["rejection"]["details"] == REASON
    else:
        assert Transaction.objects.filter(type=type_, reason=REASON).count() == 1
    assert_adds_up(Card.objects.get(pk=on.card.pk))


@pytest.mark.parametrize("case", STATUSES, ids=named)
def test_a_card_is_another_once_it_is_confirmed(on, page, case):
    before, after = STATUSES[case]
    if before != "ACTIVE":
        change_card_status(card=on.card, status=before)
    code = on.card.code
    page.goto(admin_url(on.card))
    page.get_by_role("link", name=TITLES[case]).click()
    look(page)
    on.card.refresh_from_db()
    assert (on.card.status, on.card.code) == (before, code)
    confirm(page, TITLES[case])
    on.card.refresh_from_db()
    assert on.card.status == after
    assert (on.card.code != code) == (case == (Card, "replace"))
    page.goto(admin_url(on.card, "history"))
    page.get_by_text(REASON).wait_for()
