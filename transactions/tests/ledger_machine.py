"""Every verb of the ledger on one card, in any order.

Hypothesis plays it (`test_properties`).
"""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Transaction
from transactions.tests.card_state import CardState
from transactions.tests.ledger_player import LedgerPlayer

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


def capture(*, hold: Transaction, now: datetime, cause: Cause) -> Transaction:
    """A hold is its own key: it is captured once, whoever asks again."""
    return ledger.capture(hold=hold, now=now, actor=cause.actor)


def release(*, hold: Transaction, now: datetime, cause: Cause) -> Transaction:
    """As `capture`."""
    return ledger.release(hold=hold, now=now, actor=cause.actor)


class LedgerMachine(LedgerPlayer):
    """What can happen to the card."""

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
        balance = self.balance()
        active, payable = balance.active, balance.active - balance.held
        by_dates = self.state.active_by_dates(at=self.now)
        points = points or max(payable, 1)

        spent = self.ask(ledger.spend, card=self.card, points=points)

        assert active == by_dates or self.state.card["overdraft"]
        assert balance.held == self.state.held(at=self.now)
        assert bool(spent) == (points <= payable and active <= by_dates)

    @precondition(has_buckets)
    @rule(points=POINTS, days=st.sampled_from([1, 3, 40]))
    def hold(self, points, days):
        balance = self.balance()
        until = self.now + timedelta(days=days)

        held = self.ask(ledger.hold, card=self.card, points=points, until=until)

        assert bool(held) == (points <= balance.active - balance.held)
        assert self.balance().held == balance.held + (points if held else 0)

    @precondition(lambda self: self.holds())
    @rule(pick=PICK, verb=st.sampled_from([capture, capture, release]))
    def decide_a_hold(self, pick, verb):
        holds = self.holds()
        hold = Transaction.objects.get(pk=holds[-1 - pick % len(holds)])
        decided = self.ask(verb, hold=hold)

        wanted = "APPROVED" if verb is capture else "REJECTED"
        assert decided is None or decided.status == wanted
        if hold.status == "PENDING" and verb is release:
            assert decided

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

    @precondition(lambda self: self.undecided())
    @rule()
    def process(self):
        requests = list(Transaction.objects.filter(pk__in=self.undecided()))
        live = {each["id"] for each in self.state.open_holds(at=self.now)}
        before = self.balance().held

        decided = ledger.process(requests=requests, now=self.now)

        assert {each.pk for each in decided} == {each.pk for each in requests} - live
        assert self.balance().held == before
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
