"""Batches that meet others, or the end of their connection."""

from functools import partial

import pytest
from django.db import OperationalError, connection, connections

from transactions import ledger
from transactions.ledger import BatchVerb, Cause, Row
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up
from transactions.tests.racing import row_locks, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)


def credit(card, *, reference=""):
    return Row(
        verb=BatchVerb.CREDIT,
        card_id=card.pk,
        arguments={"points": 10},
        cause=Cause(reference=reference),
    )


@pytest.fixture
def nap_in_the_middle():
    """Whoever comes to the row r-10 waits a little, so that two batches meet there."""
    table = "transactions_transaction"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END'"
        )
        cursor.execute(
            f"CREATE TRIGGER nap BEFORE INSERT ON {table} FOR EACH ROW "
            "WHEN (NEW.reference = 'r-10') EXECUTE FUNCTION nap()"
        )
        yield
        cursor.execute(f"DROP TRIGGER nap ON {table}")
        cursor.execute("DROP FUNCTION nap()")


@row_locks
def test_batches_of_the_same_rows_the_other_way_round_get_the_same_answers(
    simple_card, now, nap_in_the_middle
):
    rows = [credit(simple_card, reference=f"r-{each}") for each in range(20)]
    there, back = side_by_side(
        partial(ledger.batch, rows=rows, now=now),
        partial(ledger.batch, rows=rows[::-1], now=now),
    )
    assert [each.answer for each in there] == [each.answer for each in back[::-1]]
    assert Transaction.objects.count() == len(rows)
    assert_adds_up(simple_card)


def test_a_batch_whose_commit_nobody_answers_is_not_booked_again(
    simple_card, now, monkeypatch
):
    """It may be there already: only the caller's references can tell."""
    real = connections["default"]
    commit = real.commit

    def unanswered():
        monkeypatch.undo()
        commit()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setitem(vars(real), "commit", unanswered)
    with pytest.raises(OperationalError):
        ledger.batch(rows=[credit(simple_card)], now=now)
    assert Transaction.objects.count() == 1
