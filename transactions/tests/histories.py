"""Random histories of one card, to be played with and without sweeps in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.transaction import atomic, set_rollback
from hypothesis import strategies as st

from accounts.models import Card
from loyalty.errors import Refusal
from transactions import balances, ledger, sweeps
from transactions.balances import Balance
from transactions.models import Bucket, Transaction
from transactions.tests.cards import card_with

HOUR = timedelta(hours=1)
RULES: dict[str, dict[str, Any]] = {
    "plain": {"refunds": "TO_ZERO"},
    "overdraft": {"refunds": "BELOW_ZERO", "allow_negative": True},
    "sliding": {
        "expiry_mode": "SLIDING",
        "expiry_period": "9H",
        "slides_on_earn": True,
        "slides_on_spend": True,
        "pending_mode": "PERIOD_BASED",
        "pending_period": "4H",
    },
    "awaiting": {
        "pending_mode": "EVENT_BASED",
        "pending_events": ["order_delivered"],
        "pending_deadline": "8H",
        "expiry_mode": "ROLLING",
        "expiry_period": "12H",
        "expiry_from": "ACTIVATED",
    },
}
VERBS = (
    "earn",
    "grant",
    "spend",
    "debit",
    "give_back",
    "refund",
    "cancel",
    "activate",
    "reschedule",
    "expire",
    "event",
    "request_activation",
    "request_cancellation",
    "process",
)
# What is due can still be activated by hand, what was activated cannot.
MAY_TELL_DUE_FROM_DONE = ("activate", "request_activation", "request_cancellation")


@dataclass(frozen=True)
class Event:
    """A verb that is tried, so many hours after the one before it."""

    verb: str
    hours: int
    points: int
    which: int
    waits: int | None
    lasts: int | None


events = st.builds(
    Event,
    # Grants more often: without points nothing else happens.
    verb=st.sampled_from((*VERBS, "grant", "grant", "earn", "spend")),
    hours=st.integers(1, 5),
    points=st.integers(1, 60),
    which=st.integers(0, 3),
    waits=st.none() | st.integers(1, 8),
    lasts=st.none() | st.integers(9, 20),
)
histories = st.lists(events, min_size=3, max_size=14)


@dataclass
class Played:
    """What was seen at each moment, when it was the present; and how it ended."""

    card: Card
    end: datetime
    seen: dict[datetime, Balance] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done inside."""
    with atomic():
        yield
        set_rollback(True)


def play(
    history: list[Event], *, rules: str, start: datetime, sweeping: bool
) -> Played:
    """Let the history happen to a new card; sweep before each event, or never."""
    card = card_with(**RULES[rules])
    played, now = Played(card, start), start
    for number, event in enumerate(history):
        now += event.hours * HOUR
        if sweeping:
            # Either may come first, so each must do without the other.
            passes = [sweeps.activate_due, sweeps.expire_due]
            for sweep in passes if number % 2 else reversed(passes):
                sweep(now=now)
        card.refresh_from_db()
        try:
            _do(event, card=card, now=now, number=number)
            answer = "done"
        except Refusal:
            answer = "refused"
        if event.verb not in MAY_TELL_DUE_FROM_DONE:
            played.answers.append(f"{event.verb} {answer}")
        played.seen[now] = balances.balance(card=card, at=now, now=now)
    played.end = now + 40 * HOUR
    return played


def _do(event: Event, *, card: Card, now: datetime, number: int) -> None:
    match event.verb:
        case "earn" | "grant" | "spend" | "debit" | "refund" | "event":
            _to_card(event, card=card, now=now, number=number)
        case "process":
            sweeps.process_requests(now=now)
        case "give_back":
            spends = Transaction.objects.filter(card=card, type__contains="SPENT")
            if spent := _pick(spends, event):
                ledger.give_back(spend=spent, now=now)
        case verb:
            if bucket := _pick(Bucket.objects.filter(card=card), event):
                dates = _new_dates(event, now) if verb == "reschedule" else {}
                getattr(ledger, verb)(bucket=bucket, now=now, **dates)


def _to_card(event: Event, *, card: Card, now: datetime, number: int) -> None:
    match event.verb:
        case "earn":
            order = ledger.Order(reference=f"order {number % 4}", amount=100)
            ledger.earn(card=card, points=event.points, order=order, now=now)
        case "grant":
            ledger.earn(
                card=card,
                points=event.points,
                valid_from=_in(event.waits, now),
                valid_to=_in(event.lasts, now),
                now=now,
            )
        case "refund":
            order_reference = f"order {event.which}"
            ledger.refund_order(card=card, order_reference=order_reference, now=now)
        case "event":
            ledger.activate_on_event(card=card, event="order_delivered", now=now)
        case verb:
            getattr(ledger, verb)(card=card, points=event.points, now=now)


def _new_dates(event: Event, now: datetime) -> dict[str, datetime | None]:
    dates: dict[str, datetime | None] = {}
    if event.waits is not None:
        dates["activates_at"] = _in(event.waits, now)
    if event.points % 2:
        dates["expires_at"] = _in(event.lasts, now)
    return dates


def _in(hours: int | None, now: datetime) -> datetime | None:
    return None if hours is None else now + hours * HOUR


def _pick(rows: Any, event: Event) -> Any:
    """One of the newest four."""
    newest = list(rows.order_by("-pk")[:4])
    return newest[event.which] if event.which < len(newest) else None
