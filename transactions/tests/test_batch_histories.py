"""A batch leaves the rows that its verbs would leave, called one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Card
from loyalty.errors import Refusal
from transactions import ledger
from transactions.ledger import BatchVerb, Cause, Order
from transactions.models import Bucket, Transaction
from transactions.tests.card_rows import left_on
from transactions.tests.helpers import assert_adds_up
from transactions.tests.histories import HOUR, RULES, Event, histories, play, undone

pytestmark = pytest.mark.django_db

START = datetime(2025, 6, 10, 14, tzinfo=UTC)
SINGLY: dict[BatchVerb, Callable[..., Transaction]] = {
    BatchVerb.EARN: ledger.earn,
    BatchVerb.CREDIT: ledger.credit,
    BatchVerb.SPEND: ledger.spend,
    BatchVerb.DEBIT: ledger.debit,
    BatchVerb.REFUND_ORDER: ledger.refund_order,
    BatchVerb.ACTIVATE: ledger.activate,
    BatchVerb.CANCEL: ledger.cancel,
}
OF_BUCKETS = (BatchVerb.ACTIVATE, BatchVerb.CANCEL)


@dataclass(frozen=True)
class Wish:
    """A call, before it is known which cards and buckets there are.

    told: so many hours late; of a history, if it is `historic`.
    again: with the key of an earlier call.
    """

    verb: BatchVerb
    card: int
    bucket: int
    points: int
    told: int
    historic: bool
    again: bool


wishes = st.lists(
    st.builds(
        Wish,
        verb=st.sampled_from(list(BatchVerb)),
        card=st.integers(0, 1),
        bucket=st.integers(0, 5),
        points=st.integers(1, 60),
        told=st.sampled_from([0, 0, 1, 6, 20]),
        historic=st.booleans(),
        again=st.sampled_from([False] * 5 + [True]),
    ),
    min_size=2,
    max_size=12,
)


@pytest.mark.parametrize("rules", RULES)
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(first=histories, second=histories, wishes=wishes)
def test_a_batch_is_its_verbs_one_after_the_other(
    rules: str, first: list[Event], second: list[Event], wishes: list[Wish]
) -> None:
    with undone():
        played = [
            play(history, rules=rules, start=START, sweeping=False)
            for history in (first, second)
        ]
        cards = [each.card for each in played]
        # Some is due by now, and not written.
        now = max(each.end for each in played) - 33 * HOUR
        rows = [
            row
            for number, wish in enumerate(wishes)
            if (row := row_of(wish, cards, number=number, now=now))
        ]
        with undone():
            singly = [said_of(call_alone(row, now=now)) for row in rows]
            left_singly = [left_on(card) for card in cards]
        with undone():
            outcomes = ledger.batch(rows=rows, now=now)
            assert [said_of(outcome) for outcome in outcomes] == singly
            assert [left_on(card) for card in cards] == left_singly
            for card in cards:
                assert_adds_up(card)


def row_of(
    wish: Wish, cards: list[Card], *, number: int, now: datetime
) -> ledger.Row | None:
    card = cards[wish.card]
    arguments: dict[str, Any] = {"points": wish.points}
    match wish.verb:
        case BatchVerb.ACTIVATE | BatchVerb.CANCEL:
            buckets = list(card.buckets.order_by("-pk"))
            if wish.bucket >= len(buckets):
                return None
            arguments = {"bucket": buckets[wish.bucket]}
            if wish.verb == BatchVerb.CANCEL and wish.points % 2:
                arguments["points"] = wish.points
            # What was due is told below: there a batch knows more than single calls.
            if wish.verb == BatchVerb.ACTIVATE and is_due(arguments["bucket"], at=now):
                return None
        case BatchVerb.EARN:
            arguments["order"] = Order(reference=f"order {wish.bucket}", amount=100)
        case BatchVerb.REFUND_ORDER:
            arguments["order_reference"] = f"order {wish.bucket}"
    early = wish.verb not in OF_BUCKETS
    cause = Cause(
        idempotency_key="K-1" if wish.again else f"K-{number}",
        actor="staff:anna",
        reason="A test.",
        occurred_at=now - wish.told * HOUR if early and wish.told else None,
        historic=early and wish.historic,
    )
    return ledger.Row(verb=wish.verb, card_id=card.pk, arguments=arguments, cause=cause)


def is_due(bucket: Bucket, *, at: datetime) -> bool:
    return (
        bucket.status == Bucket.Status.PENDING
        and bucket.activates_at is not None
        and bucket.activates_at <= at
    )


def call_alone(row: ledger.Row, *, now: datetime) -> ledger.Outcome:
    arguments = dict(row.arguments)
    if row.verb not in OF_BUCKETS:
        arguments["card"] = Card.objects.get(pk=row.card_id)
    try:
        answer = SINGLY[row.verb](now=now, cause=row.cause, **arguments)
    except Refusal as refusal:
        return ledger.Outcome(refusal=refusal)
    return ledger.Outcome(answer=answer)


def said_of(outcome: ledger.Outcome) -> Any:
    if outcome.refusal is not None:
        return outcome.refusal.key, outcome.refusal.message, outcome.refusal.field
    assert outcome.answer is not None
    each = outcome.answer
    return each.type, each.points, each.pending_points, each.effective_at
