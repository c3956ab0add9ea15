"""One card, every verb of the ledger in any order, and what must hold after each.

Hypothesis plays it (`test_properties`). Each example runs in a savepoint of the test's
own transaction and leaves nothing behind.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.transaction import atomic, set_rollback
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.errors import Refusal
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import balances, ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket, Transaction
from transactions.tests.card_state import (
    CardState,
    check_allocations,
    check_buckets,
    check_history,
    check_orders,
    check_overdraft,
    check_returns,
    check_sums,
)
from transactions.tests.helpers import assert_adds_up

START = datetime(2025, 6, 10, 14, tzinfo=UTC)
WAITS = [
    timedelta(microseconds=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=5),
    timedelta(days=31),
    timedelta(days=200),
]
POINTS = st.integers(1, 200)
MAYBE_POINTS = st.none() | st.integers(1, 60)
PICK = st.integers(0, 7)
ORDER = st.sampled_from(["W-1", "W-2"])
DAYS = st.sampled_from([None, None, 1, 3, 10])


def has_buckets(machine: "LedgerMachine") -> bool:
    return bool(machine.state.buckets)


def is_late(machine: "LedgerMachine") -> bool:
    return machine.state.due(at=machine.now)


class LedgerMachine(RuleBasedStateMachine):
    """The card's rules are `definition`; its clock only moves forward."""

    definition: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = atomic()
        self.savepoint.__enter__()
        definition = CardDefinitionFactory(**self.definition)
        EarnRateFactory(card_definition=definition)
        card: Any = CardFactory(definition=definition)
        self.card: Card = card
        self.now = START
        self.keys = 0
        self.asked: list[tuple[Callable[..., Any], dict[str, Any], Any]] = []
        self.state = CardState.of(self.card)

    def teardown(self) -> None:
        try:
            assert_adds_up(self.card)
        finally:
            set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # --- How a verb is called -----------------------------------------------------------

    def ask(self, verb: Callable[..., Any], **request: Any) -> Any:
        """Call a verb; answers None where it refuses, and then nothing was written."""
        request = {"cause": Cause(idempotency_key=self.new_key()), **request}
        late = self.state.due(at=self.now)
        with_punctual_sweep = self.foresee(verb, request) if late else None
        try:
            answer = verb(now=self.now, **request)
        except Refusal:
            answer = None
            assert CardState.of(self.card) == self.state
        # Promise 4: whether the sweep was late is nothing that a member can see.
        assert not late or self.balance() == with_punctual_sweep
        if answer is not None:
            self.asked.append((verb, request, answer))
        return answer

    def foresee(self, verb: Callable[..., Any], request: dict[str, Any]) -> Any:
        """The balance as it would be if all that is due were written already."""
        with atomic():
            self.settle()
            with suppress(Refusal):
                verb(now=self.now, **request)
            foreseen = self.balance()
            set_rollback(True)
        return foreseen

    def new_key(self) -> str:
        self.keys += 1
        return f"request-{self.keys}"

    def settle(self) -> None:
        ledger.settle(card=self.card, at=self.now, now=self.now)

    def balance(self) -> balances.Balance:
        return balances.balance(card=self.card, at=self.now, now=self.now)

    def bucket(self, pick: int) -> Bucket:
        """The buckets written last are met most."""
        buckets = self.state.buckets
        return Bucket.objects.get(pk=buckets[-1 - pick % len(buckets)]["id"])

    def of_type(self, type_: str) -> list[int]:
        """The ids of the card's transactions of a type."""
        rows = self.state.transactions
        return [row["id"] for row in rows if row["type"] == type_]

    def open_requests(self) -> list[int]:
        rows = self.state.transactions
        return [row["id"] for row in rows if row["status"] == "PENDING"]

    def in_days(self, days: int | None) -> datetime | None:
        return None if days is None else self.now + timedelta(days=days)

    # --- What can happen ----------------------------------------------------------------

    @rule(by=st.sampled_from(WAITS))
    def time_passes(self, by):
        self.now += by

    @rule(order=ORDER, amount=st.integers(0, 20_000), told=st.sampled_from([0, 0, 3]))
    def earn(self, order, amount, told):
        cause = Cause(
            idempotency_key=self.new_key(),
            occurred_at=self.now - timedelta(days=told),
        )
        order = Order(reference=order, amount=amount)
        self.ask(ledger.earn, card=self.card, order=order, cause=cause)

    @rule(order=ORDER, points=POINTS, start=DAYS, end=DAYS)
    def earn_with_dates(self, order, points, start, end):
        self.ask(
            ledger.earn,
            card=self.card,
            order=Order(reference=order),
            points=points,
            valid_from=self.in_days(start),
            valid_to=self.in_days(end),
        )

    @rule(points=POINTS, waits=st.booleans(), end=DAYS)
    def credit(self, points, waits, end):
        self.ask(
            ledger.credit,
            card=self.card,
            points=points,
            waits=waits,
            valid_to=self.in_days(end),
        )

    @precondition(has_buckets)
    @rule(points=st.none() | POINTS)
    def spend(self, points):
        active = self.balance().active
        by_dates = self.state.active_by_dates(at=self.now)
        points = points or active or 1

        spent = self.ask(ledger.spend, card=self.card, points=points)

        assert active == by_dates or self.state.card["overdraft"]
        assert bool(spent) == (points <= active <= by_dates)

    @rule(points=POINTS, more=st.booleans())
    def debit(self, points, more):
        points += self.balance().active if more else 0
        debited = self.ask(ledger.debit, card=self.card, points=points)

        assert debited or not self.card.definition.allow_negative

    @precondition(lambda self: self.of_type("POINTS_SPENT_ON_ORDER"))
    @rule(pick=PICK, points=MAYBE_POINTS)
    def give_back(self, pick, points):
        spends = self.of_type("POINTS_SPENT_ON_ORDER")
        spend = Transaction.objects.get(pk=spends[-1 - pick % len(spends)])
        self.ask(ledger.give_back, spend=spend, points=points)

    @rule(order=ORDER, part=st.sampled_from(["all", "amount", "points"]), size=POINTS)
    def refund(self, order, part, size):
        parts = {"all": {}, "amount": {"amount": size * 50}, "points": {"points": size}}
        self.ask(
            ledger.refund_order, card=self.card, order_reference=order, **parts[part]
        )

    @precondition(has_buckets)
    @rule(
        pick=PICK,
        verb=st.sampled_from(
            [
                ledger.activate,
                ledger.expire,
                ledger.request_activation,
                ledger.request_cancellation,
            ]
        ),
    )
    def treat_a_bucket(self, pick, verb):
        self.ask(verb, bucket=self.bucket(pick))

    @precondition(has_buckets)
    @rule(pick=PICK, points=MAYBE_POINTS)
    def cancel(self, pick, points):
        self.ask(ledger.cancel, bucket=self.bucket(pick), points=points)

    @precondition(has_buckets)
    @rule(pick=PICK, start=DAYS, end=DAYS, never=st.booleans())
    def reschedule(self, pick, start, end, never):
        self.ask(
            ledger.reschedule,
            bucket=self.bucket(pick),
            activates_at=self.in_days(start) or ledger.UNCHANGED,
            expires_at=self.in_days(end) or (None if never else ledger.UNCHANGED),
        )

    @precondition(lambda self: self.state.remaining("PENDING"))
    @rule(event=st.sampled_from(["delivered", "delivered", "rained"]))
    def event_happens(self, event):
        self.ask(ledger.activate_on_event, card=self.card, event=event)

    @precondition(lambda self: self.open_requests())
    @rule()
    def process(self):
        requests = list(Transaction.objects.filter(pk__in=self.open_requests()))
        decided = ledger.process(requests=requests, now=self.now)
        assert {each.pk for each in decided} == {each.pk for each in requests}
        assert {each.status for each in decided} <= {"APPROVED", "REJECTED"}

    @precondition(is_late)
    @rule()
    def sweep(self):
        before = self.balance()
        self.settle()
        assert self.balance() == before

    @precondition(lambda self: self.asked)
    @rule(pick=PICK)
    def ask_again(self, pick):
        """A retry, however late, gets its first answer and changes nothing."""
        verb, request, first = self.asked[pick % len(self.asked)]
        assert verb(now=self.now, **request) == first
        assert CardState.of(self.card) == self.state

    # --- What holds after each step -----------------------------------------------------

    @invariant()
    def the_promises_hold(self):
        before, self.state = self.state, CardState.of(self.card)
        check_sums(self.state)
        check_buckets(self.state, before=before)
        check_history(self.state, before=before)
        check_allocations(self.state)
        check_orders(self.state)
        check_returns(self.state)
        allowed = self.card.definition.allow_negative
        check_overdraft(self.state, at=self.now, allowed=allowed)
