"""What happens at the till and the help desk of the demo shop, and what follows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

from accounts.models import Card
from transactions import balances, ledger
from transactions.demo.calendar import Calendar
from transactions.demo.habits import Visit, by_day
from transactions.models import Transaction

T = TypeVar("T")

WEB, SHOP = "client:web-shop", "client:till"
WEB_SHARE = 0.6
REFUNDED, REFUNDED_IN_PART = 0.07, 0.5
REFUND_REASONS = ("Wrong size", "Damaged in transit", "Changed mind", "Arrived late")
REWARDS = {"Coffee and cake": 100, "Free delivery": 200, "Tote bag": 300}
REWARD_GIVEN_BACK = 0.1
CREDIT_REASONS = {
    "Apology for a late delivery": 100,
    "Birthday": 50,
    "Points missing on a receipt": 60,
    "Review of the month": 200,
}
CREDITED_TWICE = 0.2
# Of the basket, at most this share is paid with points.
MOST_PAID_WITH_POINTS = 0.5
SPEND_STEP = 100


@dataclass(kw_only=True)
class Till:
    """Rings up what members do. Every moment comes from the calendar.

    calendar: where returns and corrections of the following days are noted.
    """

    calendar: Calendar
    rng: Random
    _last: int = field(default=100_000)

    def ring_up(self, card: Card, visit: Visit, now: datetime) -> None:
        """Sell something: perhaps for points, always for points to come."""
        actor = WEB if self.rng.random() < WEB_SHARE else SHOP
        order = self._name("WEB" if actor == WEB else "SHOP")
        spend = self._pay_with_points(card, visit, now, order=order, actor=actor)
        paid = visit.amount - (spend.amount or 0 if spend else 0)
        ledger.earn(
            card=card,
            now=now,
            order=ledger.Order(reference=order, amount=paid, currency="GBP"),
            cause=ledger.Cause(reference=order, actor=actor),
        )
        if self.rng.random() < REFUNDED:
            refund = partial(self._refund, card, order, paid, spend)
            self.calendar.add(self._after_days(2, 14, now), refund)
        if self.rng.random() < visit.habit.takes_rewards:
            self.calendar.add(now + timedelta(minutes=20), partial(self._reward, card))

    def complain(self, card: Card, now: datetime) -> None:
        """Staff credit points, now and then twice by mistake, and debit them again."""
        reason, points = self._choose(list(CREDIT_REASONS.items()))
        actor = self._choose(["staff:anna", "staff:ben", "staff:chloe"])
        self._credit(points, reason, actor, card, now)
        if self.rng.random() < CREDITED_TWICE:
            again = partial(self._credit, points, reason, actor, card)
            self.calendar.add(now + timedelta(minutes=2), again)
            correct = partial(self._debit, points, card)
            self.calendar.add(self._after_days(1, 3, now), correct)

    def _pay_with_points(
        self, card: Card, visit: Visit, now: datetime, *, order: str, actor: str
    ) -> Transaction | None:
        if self.rng.random() >= visit.habit.pays_with_points:
            return None
        most = min(_active(card, now), int(visit.amount * MOST_PAID_WITH_POINTS))
        points = most // SPEND_STEP * SPEND_STEP
        if not points:
            return None
        return ledger.spend(
            card=card,
            points=points,
            now=now,
            order=ledger.Order(reference=order),
            cause=ledger.Cause(reference=f"{order}-points", actor=actor),
        )

    def _refund(
        self,
        card: Card,
        order: str,
        paid: int,
        spend: Transaction | None,
        now: datetime,
    ) -> None:
        """The goods come back, in part or all of them with the points they cost."""
        in_part = paid > SPEND_STEP and self.rng.random() < REFUNDED_IN_PART
        amount = int(paid * self.rng.uniform(0.2, 0.8)) if in_part else None
        reason = self._choose(REFUND_REASONS)
        ledger.refund_order(
            card=card,
            order_reference=order,
            now=now,
            amount=amount,
            cause=ledger.Cause(reference=f"{order}-return", actor=WEB, reason=reason),
        )
        if spend is not None and not in_part:
            self._give_back(spend, reason, now)

    def _reward(self, card: Card, now: datetime) -> None:
        reward, points = self._choose(list(REWARDS.items()))
        if _active(card, now) < points:
            return
        spend = ledger.spend(
            card=card,
            points=points,
            now=now,
            reward=reward,
            cause=ledger.Cause(reference=self._name("RWD"), actor=WEB),
        )
        if self.rng.random() < REWARD_GIVEN_BACK:
            back = partial(self._give_back, spend, "Reward not available")
            self.calendar.add(self._after_days(1, 4, now), back)

    def _give_back(self, spend: Transaction, reason: str, now: datetime) -> None:
        ledger.give_back(
            spend=spend,
            now=now,
            cause=ledger.Cause(
                reference=f"{spend.reference}-back", actor=WEB, reason=reason
            ),
        )

    def _credit(
        self, points: int, reason: str, actor: str, card: Card, now: datetime
    ) -> None:
        cause = ledger.Cause(reference=self._name("CASE"), actor=actor, reason=reason)
        ledger.credit(card=card, points=points, now=now, cause=cause)

    def _debit(self, points: int, card: Card, now: datetime) -> None:
        if _active(card, now) < points:
            return  # spent already: staff let it be
        cause = ledger.Cause(
            reference=self._name("CASE"), actor="staff:dev", reason="Credited twice"
        )
        ledger.debit(card=card, points=points, now=now, cause=cause)

    def _name(self, kind: str) -> str:
        self._last += 1
        return f"{kind}-{self._last}"

    def _after_days(self, least: int, most: int, now: datetime) -> datetime:
        days = timedelta(days=self.rng.randint(least, most))
        return by_day(now + days, rng=self.rng)

    def _choose(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)


def _active(card: Card, now: datetime) -> int:
    return balances.of_cards(cards=[card], at=now)[card.pk].active
