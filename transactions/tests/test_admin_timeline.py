"""The member's timeline: each line's balance follows from the one before it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from transactions import balances, ledger, sweeps
from transactions.admin import timeline as timelines
from transactions.admin.timeline import Both, Line, Timeline
from transactions.ledger import Order
from transactions.models import Transaction
from transactions.tests.cards import card_with
from transactions.tests.histories import RULES, Event, histories, play, undone
from transactions.tests.verbs import stage

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 10, 14, tzinfo=UTC)
DAY = timedelta(days=1)
few = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def page(card, *, at=NOW, **options) -> Timeline:
    has = balances.of_cards(cards=[card], at=at)[card.pk]
    return timelines.timeline(card, has=has, **options)


def pages(card, *, at=NOW, size=3) -> tuple[list[Line], Both]:
    """All lines, page after page; and what is unwritten."""
    first = found = page(card, at=at, size=size)
    lines = list(found.lines)
    while found.older:
        found = page(card, at=at, before=found.older, size=size)
        assert not found.unwritten
        lines += found.lines
    return lines, first.unwritten


def assert_reconciles(card, *, at) -> list[Line]:
    """Each line's balance is the one before it and its points; the last is the card's."""
    lines, unwritten = pages(card, at=at)
    assert [line.transaction.pk for line in lines] == list(
        card.transactions.order_by("-effective_at", "-pk").values_list("pk", flat=True)
    )
    had = Both()
    for line in reversed(lines):
        had = had + line.moved
        assert line.after == had, line.transaction
    has = balances.balance(card=card, at=at, now=at)
    assert had + unwritten == Both(
        active=has.active - has.overdraft, pending=has.pending
    )
    return lines


@pytest.mark.parametrize("rules", RULES)
@few
@given(history=histories, sweeping=st.booleans())
def test_the_balances_follow_from_one_another_whatever_happened(
    rules: str, history: list[Event], sweeping: bool
) -> None:
    with undone():
        played = play(history, rules=rules, start=NOW, sweeping=sweeping)
        assert_reconciles(played.card, at=played.end)
        for sweep in (sweeps.activate_due, sweeps.expire_due):
            sweep(now=played.end)
        played.card.refresh_from_db()
        assert_reconciles(played.card, at=played.end)


def test_what_is_requested_held_or_rejected_moves_nothing():
    staged = stage()
    ledger.request_activation(bucket=staged.waiting, now=NOW)
    lines = assert_reconciles(staged.card, at=NOW)
    undecided = [each for each in lines if each.transaction.status != "APPROVED"]
    assert len(undecided) == 2
    assert not any(each.moved for each in undecided)


def test_a_late_sweep_is_told_of_once_on_the_newest_page():
    card = card_with()
    ledger.credit(card=card, points=70, valid_from=NOW + DAY, waits=True, now=NOW)
    later = NOW + 2 * DAY
    assert page(card, at=later).unwritten == Both(active=70, pending=-70)
    assert not page(card).unwritten
    sweeps.activate_due(now=later)
    assert not page(card, at=later).unwritten


def test_a_key_of_another_card_begins_at_the_newest():
    mine, other = card_with(), card_with()
    for card in (mine, other):
        ledger.credit(card=card, points=5, now=NOW)
    stranger = other.transactions.get().pk
    assert page(mine, before=stranger) == page(mine)
    assert page(mine, before=10**18) == page(mine)


def test_a_spend_tells_from_which_buckets_it_drew_and_a_return_to_which():
    card = card_with()
    for points in range(1, 31):
        ledger.credit(card=card, points=points, now=NOW)
    spend = ledger.spend(card=card, points=460, reward="Bike", now=NOW)
    back = ledger.give_back(spend=spend, points=40, now=NOW)
    lines = {line.transaction.pk: line for line in page(card).lines}
    drawn = lines[spend.pk].drawn
    assert [draw.points for draw in drawn.first] == list(
        range(1, timelines.MOST_DRAWS + 1)
    )
    assert drawn.count == 30
    assert drawn.more == 20
    assert [draw.bucket.points for draw in drawn.first][:2] == [1, 2]
    returned = lines[back.pk].drawn.first
    assert all(draw.is_return for draw in returned)
    assert sum(draw.points for draw in returned) == 40
    assert not any(draw.is_return for draw in drawn.first)


def test_an_order_is_told_with_what_became_of_its_points():
    card, other = card_with(), card_with()
    for each in (card, other):
        bought = Order(reference="A-1", amount=10_000)
        ledger.earn(
            card=each,
            points=100,
            order=bought,
            valid_from=NOW + DAY,
            valid_to=NOW + 9 * DAY,
            now=NOW,
        )
        ledger.earn(card=each, points=7, order=Order(reference="B-2"), now=NOW)
    sweeps.activate_due(now=NOW + 2 * DAY)
    sweeps.expire_due(now=NOW + 10 * DAY)
    lines = timelines.of_order([card], order_reference="A-1")
    assert [line.transaction.type for line in lines] == [
        "POINTS_EXPIRED",
        "PENDING_POINTS_ACTIVATED",
        "PENDING_POINTS_ADDED",
    ]
    assert {line.transaction.card_id for line in lines} == {card.pk}
    assert timelines.moved_together(lines) == Both()
    assert timelines.of_order([card], order_reference="C-3") == []


def test_buckets_with_points_come_first_then_the_newest_others():
    card = card_with()
    for day in range(5):
        ledger.credit(
            card=card, points=10, valid_to=NOW + (9 - day) * DAY, now=NOW + day * DAY
        )
    ledger.spend(card=card, points=20, reward="Cup", now=NOW + 4 * DAY)
    shown, more = timelines.buckets_to_show(card, most=4)
    ends = [(bucket.expires_at - NOW).days for bucket in shown]
    assert ends == [7, 8, 9, 5]
    assert more == 1
    shown, more = timelines.buckets_to_show(card, most=2)
    assert [bucket.remaining for bucket in shown] == [10, 10]
    assert more == 3


def test_a_bucket_is_told_with_the_transaction_that_made_it():
    card = card_with()
    granted = ledger.credit(card=card, points=10, valid_to=NOW + DAY, now=NOW)
    spend = ledger.spend(card=card, points=10, reward="Cup", now=NOW)
    back = ledger.give_back(spend=spend, now=NOW + 2 * DAY)
    buckets = list(card.buckets.all())
    makers = timelines.makers_of(buckets)
    assert {bucket: maker.pk for bucket, maker in makers.items()} == {
        granted.bucket_id: granted.pk,
        back.bucket_id: back.pk,
    }
    assert Transaction.objects.get(pk=back.pk).bucket_id != granted.bucket_id
