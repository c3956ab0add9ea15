"""What a card holds at a moment: now, in the past, in the future. Nothing is stored.

A card's open buckets, played forward by their own dates, tell every balance to come;
so whether a sweep is late makes no difference. For a moment in the past the buckets
are first put back to what they were (`transactions.history`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from django.db.models import QuerySet

from accounts.models import Card
from transactions.history import Lot, as_of
from transactions.models import Bucket, Transaction


@dataclass(frozen=True, kw_only=True)
class Due:
    """So many points become active, or lapse, at a moment (aware UTC)."""

    at: datetime
    points: int


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """All activations and expiries to come, soonest first, if nothing else happens."""

    activations: tuple[Due, ...]
    expiries: tuple[Due, ...]


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a card holds.

    `active` can be spent, but for what of it is `held` for spends under way;
    `overdraft` is owed by the member.
    """

    active: int
    pending: int
    held: int
    overdraft: int
    schedule: Schedule

    @property
    def next_activation(self) -> Due | None:
        """The next points to become active."""
        return next(iter(self.schedule.activations), None)

    @property
    def next_expiry(self) -> Due | None:
        """The next points to lapse."""
        return next(iter(self.schedule.expiries), None)


def balance(*, card: Card, at: datetime, now: datetime) -> Balance:
    """What the card holds at `at`, seen from `now` (both aware).

    In the past: as its transactions tell. In the future: as its buckets will have it
    if nothing else happens.
    """
    if at < now:
        lots, overdraft = as_of(card, at=at)
        holds = Transaction.objects.exclude(processed_at__lte=at)
        held = _held(holds, [card.pk], at=at)[card.pk]
        return _Projection(lots, overdraft=overdraft, held=held).balance(at=at)
    return of_cards(cards=[card], at=at)[card.pk]


def schedule(*, card: Card, at: datetime, now: datetime) -> Schedule:
    """What becomes active and what lapses after `at`, seen from `now` (both aware)."""
    return balance(card=card, at=at, now=now).schedule


def of_cards(*, cards: Iterable[Card], at: datetime) -> Mapping[int, Balance]:
    """What each card holds at `at` (aware, not in the past), by the card's id.

    Three queries, however many cards.
    """
    pks = [card.pk for card in cards]
    overdrafts = dict(Card.objects.filter(pk__in=pks).values_list("pk", "overdraft"))
    lots: dict[int, list[Lot]] = defaultdict(list)
    for bucket in Bucket.objects.open().filter(card__in=pks):
        lots[bucket.card_id].append(Lot.of(bucket))
    held = _held(Transaction.objects.open_holds(), pks, at=at)
    return {
        pk: _Projection(lots[pk], overdraft=overdraft, held=held[pk]).balance(at=at)
        for pk, overdraft in overdrafts.items()
    }


def _held(
    holds: QuerySet[Transaction], pks: Iterable[int], *, at: datetime
) -> Mapping[int, int]:
    """The points that these holds keep from being spent at `at`, by the card's id."""
    kept: dict[int, int] = defaultdict(int)
    of_cards = holds.filter(card__in=pks, created_at__lte=at, held_until__gt=at)
    for pk, points in of_cards.values_list("card", "points"):
        kept[pk] -= points
    return kept


def late(*, cards: Iterable[int], at: datetime) -> list["Late"]:
    """What the cards' own dates say has happened by `at`, and nobody has written yet.

    cards: ids. Two queries, however many.
    """
    pks = list(cards)
    lots: dict[int, list[Lot]] = defaultdict(list)
    for bucket in Bucket.objects.open().filter(card__in=pks):
        lots[bucket.card_id].append(Lot.of(bucket))
    overdrafts = Card.objects.filter(pk__in=pks).values_list("pk", "overdraft")
    return [
        each
        for pk, overdraft in overdrafts
        for each in _Projection(lots[pk], overdraft=overdraft, held=0).late(pk, at=at)
    ]


class Step(IntEnum):
    """What dates do to a lot, in the order of one moment."""

    ACTIVATES = 1
    CANCELS = 2
    EXPIRES = 3


@dataclass(frozen=True, kw_only=True)
class Late:
    """One step of one card that is true already and not written yet.

    points: how many it moves; `repaid`: how many of them repay what is owed. A lot that
    was activated before it could repay moves none and repays.
    """

    card_id: int
    at: datetime
    step: Step
    points: int
    repaid: int


class _Projection:
    """Lots played forward in time, as the settlement would write it."""

    def __init__(self, lots: Iterable[Lot], *, overdraft: int, held: int) -> None:
        self._lots = list(lots)
        self._overdraft = overdraft
        self._held_for_spends = held

    def balance(self, *, at: datetime) -> Balance:
        """What is held at `at`, and what comes after it."""
        steps = self._in_order()
        for moment, step, lot in steps:
            if moment <= at:
                self._take(step, lot)
        active, pending, overdraft = self._active(), self._waiting(), self._overdraft
        coming: dict[Step, dict[datetime, int]] = {step: {} for step in Step}
        for moment, step, lot in steps:
            if moment > at and (points := self._take(step, lot)):
                dues = coming[step]
                dues[moment] = dues.get(moment, 0) + points
        return Balance(
            active=active,
            pending=pending,
            held=self._held_for_spends,
            overdraft=overdraft,
            schedule=Schedule(
                activations=_dues(coming[Step.ACTIVATES]),
                expiries=_dues(coming[Step.EXPIRES]),
            ),
        )

    def late(self, card_id: int, *, at: datetime) -> Iterator[Late]:
        """What has happened by `at`, in its order."""
        for moment, step, lot in self._in_order():
            if moment > at:
                return
            moves = lot.waits or step != Step.ACTIVATES
            owed = self._overdraft
            points = self._take(step, lot) if moves else 0
            if not moves:
                self._repay(lot)
            repaid = owed - self._overdraft
            if points or repaid:
                yield Late(
                    card_id=card_id, at=moment, step=step, points=points, repaid=repaid
                )

    def _in_order(self) -> list[tuple[datetime, Step, Lot]]:
        return sorted(self._steps(), key=lambda each: (each[0], each[1], each[2].pk))

    def _steps(self) -> Iterator[tuple[datetime, Step, Lot]]:
        for lot in self._lots:
            # An active lot too: at that moment it repaid what was owed, or should have.
            if lot.activates_at is not None:
                yield lot.activates_at, Step.ACTIVATES, lot
            elif lot.waits and lot.cancels_at is not None:
                yield lot.cancels_at, Step.CANCELS, lot
            if lot.expires_at is not None:
                yield lot.expires_at, Step.EXPIRES, lot

    def _take(self, step: Step, lot: Lot) -> int:
        """Let one step happen; answers how many points it moves."""
        points = lot.remaining
        if step == Step.ACTIVATES:
            lot.waits = False
            self._repay(lot)
        else:
            lot.remaining = 0
        return points

    def _repay(self, lot: Lot) -> None:
        """What becomes active repays first what is owed."""
        repaid = min(lot.remaining, self._overdraft)
        lot.remaining -= repaid
        self._overdraft -= repaid

    def _active(self) -> int:
        return sum(lot.remaining for lot in self._lots if not lot.waits)

    def _waiting(self) -> int:
        return sum(lot.remaining for lot in self._lots if lot.waits)


def _dues(points: Mapping[datetime, int]) -> tuple[Due, ...]:
    return tuple(Due(at=at, points=points[at]) for at in sorted(points))
