"""One card and its clock: how any verb is called on it, and what must hold after each.

Each example runs in a savepoint of the test's own transaction and leaves nothing behind.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.transaction import atomic, set_rollback
from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.errors import Refusal
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import balances, ledger
from transactions.ledger import Cause
from transactions.models import Bucket
from transactions.tests.card_state import (
    CardState,
    check_allocations,
    check_buckets,
    check_history,
    check_holds,
    check_orders,
    check_overdraft,
    check_returns,
    check_sums,
)
from transactions.tests.helpers import assert_adds_up

START = datetime(2025, 6, 10, 14, tzinfo=UTC)


class LedgerPlayer(RuleBasedStateMachine):
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

    def undecided(self) -> list[int]:
        rows = self.state.transactions
        return [row["id"] for row in rows if row["status"] == "PENDING"]

    def holds(self) -> list[int]:
        """The ids of the card's holds, decided or not."""
        rows = self.state.transactions
        return [row["id"] for row in rows if row["held_until"]]

    def in_days(self, days: int | None) -> datetime | None:
        return None if days is None else self.now + timedelta(days=days)

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
        check_holds(self.state, before=before, at=self.now, overdraft=allowed)
