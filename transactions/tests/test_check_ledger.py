"""check_ledger proves that everything adds up, and names the card where it does not."""

# ruff: noqa: S608 - the SQL that corrupts is made of ids

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Card
from transactions import audit, ledger, sweeps, triggers
from transactions.tests.backlog import make_backlog
from transactions.tests.cards import card_with
from transactions.tests.grants import grant

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def eventful_card(now: datetime) -> Card:
    """A card to which everything has happened that can happen."""
    card = card_with(allow_negative=True, refunds="BELOW_ZERO")
    grant(card, 100, now=now, days=10, order="order 1", amount=1_000)
    grant(card, 60, now=now, waits_days=2)
    canceled = grant(card, 40, now=now, waits_days=3)
    ledger.cancel(bucket=canceled, points=15, now=now)
    spent = ledger.spend(card=card, points=70, now=now + DAY)
    ledger.give_back(spend=spent, points=30, now=now + DAY)
    ledger.refund_order(card=card, order_reference="order 1", amount=500, now=now + DAY)
    ledger.debit(card=card, points=150, now=now + 4 * DAY)
    grant(card, 20, now=now + 5 * DAY, waits_days=9)
    card.refresh_from_db()
    assert card.overdraft
    return card


def said(*options: str) -> list[str]:
    """The lines that the command writes; it must find that everything adds up."""
    lines: list[str] = []
    call_command("check_ledger", *options, verbosity=0, stdout=_Lines(lines))
    return lines


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        self._lines.append(text.rstrip("\n"))


@contextmanager
def tampering() -> Iterator[Callable[[str], None]]:
    """Let SQL change what the triggers protect."""
    triggers.remove(connection)
    with connection.cursor() as cursor:

        def change(statement: str) -> None:
            cursor.execute(statement)
            assert cursor.rowcount == 1, f"{cursor.rowcount} rows: {statement}"

        yield change
    triggers.install(connection)


def first_of(table: str, condition: str) -> str:
    return f"(SELECT min(id) FROM transactions_{table} WHERE {condition})"


def corruptions(card: Card) -> dict[str, str]:
    """One SQL statement for each thing that can go wrong with a card."""
    mine = f"card_id = {card.pk}"
    bucket = first_of("bucket", f"{mine} AND remaining > 1")
    of_bucket = f"{mine} AND bucket_id IS NOT NULL AND points > 0"
    spend = first_of("transaction", f"{mine} AND type = 'POINTS_SPENT_ON_ORDER'")
    cancel = first_of("transaction", f"{mine} AND type = 'PENDING_POINTS_CANCELED'")
    grant_ = first_of("transaction", of_bucket)
    debit = first_of("transaction", f"{mine} AND type = 'ADMIN_DEBIT'")
    allocation = (
        "(SELECT min(a.id) FROM transactions_allocation a "
        "JOIN transactions_transaction t ON t.id = a.transaction_id "
        f"WHERE t.{mine})"
    )
    return {
        "remaining of a bucket": "UPDATE transactions_bucket "
        f"SET remaining = remaining - 1 WHERE id = {bucket}",
        "points of a bucket": "UPDATE transactions_bucket "
        f"SET points = points + 1 WHERE id = {bucket}",
        "status of a bucket": "UPDATE transactions_bucket "
        "SET status = 'ACTIVE' WHERE id = "
        + first_of("bucket", f"{mine} AND status = 'PENDING'"),
        "points of a grant": "UPDATE transactions_transaction "
        f"SET points = points + 1 WHERE id = {grant_}",
        "points of a spend": "UPDATE transactions_transaction "
        f"SET points = points - 1 WHERE id = {spend}",
        "points of a cancel": "UPDATE transactions_transaction "
        f"SET pending_points = pending_points - 1 WHERE id = {cancel}",
        "status of a cancel": "UPDATE transactions_transaction "
        f"SET status = 'REJECTED' WHERE id = {cancel}",
        "overdraft": "UPDATE accounts_card "
        f"SET overdraft = overdraft + 1 WHERE id = {card.pk}",
        "points of an allocation": "UPDATE transactions_allocation "
        f"SET points = points + 1 WHERE id = {allocation}",
        "deleted allocation": "DELETE FROM transactions_allocation "
        f"WHERE id = {allocation}",
        "deleted grant of points that wait": "DELETE FROM transactions_transaction "
        "WHERE id = "
        + first_of("transaction", f"{mine} AND type = 'PENDING_POINTS_ADDED'"),
        "deleted transaction": "DELETE FROM transactions_transaction "
        f"WHERE id = {cancel}",
        "deleted debit": f"UPDATE transactions_transaction SET status = 'REJECTED' "
        f"WHERE id = {debit}",
    }


CORRUPTIONS = list(corruptions(Card(pk=0)))


def test_a_ledger_in_which_everything_happened_adds_up(now: datetime) -> None:
    eventful_card(now)
    make_backlog(buckets=20, cards=2)
    for days in (0, 8, 400):
        sweeps.activate_due(now=now + days * DAY)
        sweeps.expire_due(now=now + days * DAY)
        assert said() == ["Everything adds up."]


def test_an_empty_ledger_adds_up(db: None) -> None:
    assert said() == ["Everything adds up."]


def test_an_open_and_a_rejected_request_count_for_nothing(
    recipe_card: Card, now: datetime
) -> None:
    opened, rejected = (grant(recipe_card, 10, now=now) for _ in range(2))
    ledger.request_activation(bucket=rejected, now=now)
    ledger.cancel(bucket=rejected, now=now)
    sweeps.process_requests(now=now)
    ledger.request_activation(bucket=opened, now=now)

    assert said() == ["Everything adds up."]


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_every_corruption_is_found_and_only_its_card_named(
    now: datetime, corruption: str
) -> None:
    before, card, after = (eventful_card(now) for _ in range(3))
    with tampering() as change:
        change(corruptions(card)[corruption])

    lines: list[str] = []
    with pytest.raises(CommandError, match="do not add up") as caught:
        call_command("check_ledger", verbosity=0, stdout=_Lines(lines))

    assert caught.value.returncode == 1
    assert lines
    for line in lines:
        assert re.match(rf"card {card.pk}(,|:)", line), line
    for innocent in (before, after):
        assert said("--card", innocent.code) == ["Everything adds up."]
    with pytest.raises(CommandError):
        said("--card", card.code)


def test_a_sum_off_on_one_card_and_back_on_another_is_found_on_both(
    now: datetime,
) -> None:
    cards = [eventful_card(now) for _ in range(2)]
    with tampering() as change:
        for card, by in zip(cards, (1, -1), strict=True):
            change(
                f"UPDATE accounts_card SET overdraft = overdraft + {by} "
                f"WHERE id = {card.pk}"
            )

    found = list(audit.disagreements())
    assert [each.card_id for each in found] == [card.pk for card in cards]
    assert [each.expected - each.found for each in found] == [1, -1]


def test_a_bucket_at_odds_is_named_with_both_figures(
    simple_card: Card, now: datetime
) -> None:
    bucket = grant(simple_card, 50, now=now)
    with tampering() as change:
        change(f"UPDATE transactions_bucket SET remaining = 49 WHERE id = {bucket.pk}")

    lines = [str(each) for each in audit.disagreements()]
    assert any(
        line.startswith(f"card {simple_card.pk}, bucket {bucket.pk}:")
        and line.endswith("50 is not 49")
        for line in lines
    )


def test_the_command_refuses_a_card_that_does_not_exist(db: None) -> None:
    with pytest.raises(CommandError, match='There is no card "nobody"'):
        said("--card", "nobody")


def test_60_cards_take_as_many_statements_as_one() -> None:
    counts = []
    for number in (1, 60):
        make_backlog(buckets=number, cards=number)
        with CaptureQueriesContext(connection) as captured:
            assert list(audit.disagreements()) == []
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_cards_are_looked_at_in_portions_and_none_is_left_out(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = [eventful_card(now) for _ in range(5)]
    monkeypatch.setattr(audit, "CARDS_AT_ONCE", 2)
    with tampering() as change:
        for card in cards:
            change(
                f"UPDATE accounts_card SET overdraft = overdraft + 1 "
                f"WHERE id = {card.pk}"
            )
    looked_at: list[int] = []

    found = list(audit.disagreements(progress=looked_at.append))

    assert [each.card_id for each in found] == [card.pk for card in cards]
    assert sum(looked_at) == max(card.pk for card in cards)
