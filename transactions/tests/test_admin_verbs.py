"""The verbs' pages do what the ledger does: once, when it is confirmed, and never before."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.roles import AGENT, MANAGER
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up, card_with, everything
from transactions.tests.verb_pages import (
    REASON,
    address_of,
    confirmed,
    done,
    messages_of,
    opened,
    shown,
    told,
)
from transactions.tests.verbs import NOW, stage

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=1)
JULY = datetime(2025, 7, 1, 9, tzinfo=UTC)  # 10:00 in London
AUGUST = datetime(2025, 7, 31, 23, tzinfo=UTC)  # midnight in London

# Of each verb: what it is done to, what is filled in, and the same call of the ledger.
CASES = {
    "credit": (
        "card",
        {"points": "50"},
        lambda on, **call: ledger.credit(card=on.card, points=50, **call),
    ),
    "credit, waiting": (
        "card",
        {"points": "50", "waits": "on"},
        lambda on, **call: ledger.credit(card=on.card, points=50, waits=True, **call),
    ),
    "credit, dated": (
        "card",
        {
            "points": "50",
            "valid_from": "2025-07-01T10:00:00",
            "valid_to": "2025-08-01T00:00:00",
        },
        lambda on, **call: ledger.credit(
            card=on.card, points=50, valid_from=JULY, valid_to=AUGUST, **call
        ),
    ),
    "debit": (
        "card",
        {"points": "700"},
        lambda on, **call: ledger.debit(card=on.card, points=700, **call),
    ),
    "refund_order": (
        "card",
        {"order_reference": "A-1"},
        lambda on, **call: ledger.refund_order(
            card=on.card, order_reference="A-1", **call
        ),
    ),
    "refund_order, part": (
        "card",
        {"order_reference": "A-1", "points": "7"},
        lambda on, **call: ledger.refund_order(
            card=on.card, order_reference="A-1", points=7, **call
        ),
    ),
    "activate": (
        "waiting",
        {},
        lambda on, **call: ledger.activate(bucket=on.waiting, **call),
    ),
    "cancel": (
        "waiting",
        {},
        lambda on, **call: ledger.cancel(bucket=on.waiting, **call),
    ),
    "cancel, part": (
        "waiting",
        {"points": "123"},
        lambda on, **call: ledger.cancel(bucket=on.waiting, points=123, **call),
    ),
    "reschedule": (
        "waiting",
        {
            "activates_at": "2025-07-01T10:00:00",
            "expires_at": "2025-08-01T00:00:00",
        },
        lambda on, **call: ledger.reschedule(
            bucket=on.waiting, activates_at=JULY, expires_at=AUGUST, **call
        ),
    ),
    "reschedule, active": (
        "active",
        {"expires_at": "2025-08-01T00:00:00"},
        lambda on, **call: ledger.reschedule(
            bucket=on.active, expires_at=AUGUST, **call
        ),
    ),
    "expire": (
        "active",
        {},
        lambda on, **call: ledger.expire(bucket=on.active, **call),
    ),
    "give_back": (
        "spend",
        {},
        lambda on, **call: ledger.give_back(spend=on.spend, **call),
    ),
    "give_back, part": (
        "spend",
        {"points": "30"},
        lambda on, **call: ledger.give_back(spend=on.spend, points=30, **call),
    ),
    "refund_order, this": (
        "earned",
        {"points": "30"},
        lambda on, **call: ledger.refund_order(
            card=on.card, order_reference="A-1", points=30, **call
        ),
    ),
    "release": (
        "held",
        {},
        lambda on, now, cause: ledger.release(
            hold=on.held, now=now, reason=cause.reason, actor=cause.actor
        ),
    ),
}


@pytest.fixture
def clock(monkeypatch):
    """The doors' clock, stopped a moment after the stage was set."""
    monkeypatch.setattr(timezone, "now", lambda: LATER)


@pytest.fixture
def on(db):
    """A card on which every verb has something to do."""
    return stage()


@pytest.fixture
def manager(clock, on, staff_client):
    """Somebody who may do everything to it."""
    return staff_client(MANAGER, on.card.member.unit)


@pytest.fixture(params=CASES)
def case(request):
    return request.param


def row_of(on, case):
    name = CASES[case][0]
    if name == "earned":
        return Transaction.objects.get(bucket=on.waiting)
    row = getattr(on, name)
    row.refresh_from_db()
    return row


def asked_of(on, case):
    """The verb and what is filled in; other fields as the page has them."""
    return case.split(",")[0], CASES[case][1]


# --- The same as the ledger -----------------------------------------------------------


def test_a_verb_s_page_leaves_the_rows_that_the_ledger_s_verb_leaves(manager, on, case):
    verb, asked = asked_of(on, case)
    twin = stage(CardFactory(definition=on.card.definition))
    cause = Cause(actor=f"staff:{manager.user.username}", reason=REASON)
    CASES[case][2](twin, now=LATER, cause=cause)
    answer = done(manager, row_of(on, case), verb, **asked)
    assert answer.status_code == 302
    assert told(on.card) == told(twin.card)
    assert_adds_up(on.card)


def test_what_is_shown_first_writes_nothing(manager, on, case):
    verb, asked = asked_of(on, case)
    row = row_of(on, case)
    before = everything()
    page = shown(manager, opened(manager, row, verb), **asked)
    assert everything() == before
    # It says what the confirmation then does.
    effect = page.context["effect"]
    there = Transaction.objects.filter(card=on.card).count()
    done(manager, row, verb, **asked)
    rows = list(Transaction.objects.filter(card=on.card).order_by("pk"))
    changed = [on.held.pk] if verb == "release" else [each.pk for each in rows[there:]]
    assert [moved(each) for each in effect.written] == [
        moved(each) for each in rows if each.pk in changed
    ]


def moved(transaction):
    return transaction.type, transaction.points, transaction.pending_points


def test_what_is_confirmed_twice_is_done_once(manager, on, case):
    verb, asked = asked_of(on, case)
    row = row_of(on, case)
    address = opened(manager, row, verb)
    page = shown(manager, address, **asked)
    confirmed(manager, address, page, **asked)
    after = everything()
    assert confirmed(manager, address, page, **asked).status_code == 302
    # Gone back and sent again, from the question on.
    assert shown(manager, address, **asked).status_code == 302
    assert manager.get(address).status_code == 302
    assert everything() == after


def test_who_meets_their_own_double_click_in_the_ledger_is_told_so(
    manager, on, monkeypatch
):
    from transactions.admin.verbs.views import VerbView

    address = opened(manager, on.card, "credit")
    page = shown(manager, address, points="5")
    confirmed(manager, address, page, points="5")
    after = everything()
    look = VerbView._booked
    monkeypatch.setattr(timezone, "now", lambda: LATER + timedelta(seconds=1))
    for points in ("5", "6"):
        # The first look comes a moment too early to see it.
        looks = [lambda view: None]
        monkeypatch.setattr(
            VerbView,
            "_booked",
            lambda view, looks=looks: (looks.pop() if looks else look)(view),
        )
        answer = confirmed(manager, address, page, points=points)
        assert "was done already" in messages_of(answer)[-1]
    assert everything() == after


def test_a_key_of_somebody_else_is_another_key(manager, on, staff_client):
    other = staff_client(AGENT, on.card.member.unit)
    address = opened(manager, on.card, "credit")
    for client in (manager, other):
        page = shown(client, address, points="5")
        confirmed(client, address, page, points="5")
    credits = Transaction.objects.filter(card=on.card, reason=REASON)
    assert credits.count() == 2


def test_a_confirmation_of_what_was_not_shown_is_shown_first(manager, on, case):
    verb, asked = asked_of(on, case)
    address = opened(manager, row_of(on, case), verb)
    before = everything()
    page = manager.post(address, {"reason": REASON, **asked, "_confirm": "1"})
    assert everything() == before
    assert confirmed(manager, address, page, **asked).status_code == 302
    assert everything() != before


def test_what_would_be_something_else_by_now_is_shown_again(manager, on):
    address = opened(manager, on.card, "debit")
    page = shown(manager, address, points="400")
    ledger.spend(card=on.card, points=300, now=NOW)
    before = everything()
    again = confirmed(manager, address, page, points="400")
    assert everything() == before
    assert "Something has changed" in again.content.decode()
    assert confirmed(manager, address, again, points="400").status_code == 302
    assert everything() != before


def test_a_note_for_the_customer_is_kept_apart_from_the_reason(manager, on):
    done(manager, on.card, "credit", points="5", note="With our apologies")
    credit = Transaction.objects.filter(card=on.card).latest("pk")
    assert credit.reason == REASON
    assert credit.details["metadata"] == {"note": "With our apologies"}


def test_the_money_of_a_refund_is_written_as_people_write_it(clock, staff_client):
    card = card_with()
    ledger.earn(
        card=card, points=100, order=Order(reference="S", amount=10_000), now=NOW
    )
    client = staff_client(AGENT, card.member.unit)
    address = opened(client, card, "refund_order")
    asked = {"order_reference": "S", "amount": "25.00"}
    confirmed(client, address, shown(client, address, **asked), **asked)
    refund = Transaction.objects.get(type="POINTS_REFUNDED")
    assert (refund.amount, refund.points) == (2_500, -25)
    for amount in ("1.005", "-1", "0", "lots"):
        page = shown(
            client,
            address_of(card, "refund_order", key=KEY),
            order_reference="S",
            amount=amount,
        )
        assert "amount" in page.context["form"].errors, amount


KEY = "00000000-0000-4000-8000-000000000000"


def test_what_cannot_be_recovered_is_said_before(manager, on):
    ledger.activate(bucket=on.waiting, now=NOW)
    ledger.debit(card=on.card, points=1_180, now=NOW)
    address = opened(manager, on.card, "refund_order")
    page = shown(manager, address, order_reference="A-1")
    text = page.content.decode()
    assert "Cannot be recovered" in text
    answer = confirmed(manager, address, page, order_reference="A-1")
    assert "refunded" in messages_of(answer)[-1]


def test_success_is_said_with_a_link_and_leads_back(manager, on):
    start = f"/admin/accounts/card/?q={on.card.code}"
    address = opened(manager, on.card, "credit", next=start)
    page = shown(manager, address, points="1500")
    answer = confirmed(manager, address, page, points="1500")
    assert answer.url == start
    credit = Transaction.objects.filter(card=on.card).latest("pk")
    (said,) = messages_of(answer)
    assert "1,500 points" in said
    assert f"/admin/transactions/transaction/{credit.pk}/change/" in said


def test_a_row_s_bucket_stays_as_it_is_on_the_form_of_dates(manager, on):
    address = opened(manager, on.waiting, "reschedule")
    form = manager.get(address).context["form"]
    assert set(form.fields) == {"activates_at", "expires_at", "reason"}
    form = manager.get(opened(manager, on.active, "reschedule")).context["form"]
    assert set(form.fields) == {"expires_at", "reason"}


def test_a_bucket_is_never_to_expire_if_its_date_is_emptied(manager, on):
    bucket = ledger.credit(card=on.card, points=5, valid_to=AUGUST, now=NOW).bucket
    shown_date = manager.get(opened(manager, bucket, "reschedule"))
    assert 'value="2025-08-01T00:00:00"' in shown_date.content.decode()
    assert done(manager, bucket, "reschedule", expires_at="").status_code == 302
    bucket.refresh_from_db()
    assert bucket.expires_at is None


def test_times_are_those_of_the_scheme_s_zone_which_is_named(manager, on):
    page = manager.get(opened(manager, on.card, "credit")).content.decode()
    assert "Europe/London" in page
    assert "10 Jun 2025, 15:00:01" in page  # 14:00 in UTC
    asked = {"points": "1", "valid_from": "2026-03-29T01:30:00"}
    page = shown(manager, opened(manager, on.card, "credit"), **asked)
    assert "valid_from" in page.context["form"].errors  # no such time of that day
