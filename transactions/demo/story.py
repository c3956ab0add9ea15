"""The year of the demo shop: what happened, in the order in which it did.

Time is played: each verb and each nightly sweep gets the moment of its event as its
`now`, so the rows are those of a shop that was there all year. The nightly activation
ended a few days ago, which leaves buckets that are due.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from django.db.transaction import atomic

from accounts.models import Card, Member
from accounts.operations import change_card_status
from loyalty.errors import BadInput
from schemes.models import CardDefinition
from transactions import sweeps
from transactions.demo import habits, shop
from transactions.demo.calendar import Calendar, Progress
from transactions.demo.till import Till

MEMBERS = 200
MOST_MEMBERS = 1_000
SEED = 20250601
YEAR = timedelta(days=365)
NIGHT = time(3)
NIGHTS_ENDED = timedelta(days=4)
COMPLAINS = 0.25


@dataclass(kw_only=True)
class Demo:
    """The demo shop as it is at `now` (aware), with so many members.

    The same `now` gives the same story.
    """

    now: datetime
    members: int = MEMBERS
    _calendar: Calendar = field(default_factory=Calendar)
    _cards: dict[int, Card] = field(default_factory=dict)

    def build(self, *, progress: Progress = lambda done, known: None) -> None:
        """Make the shop and let its year happen, all of it or nothing.

        :raises BadInput: if the scheme has not begun, or for too many members.
        """
        if self.now <= shop.STARTS_AT:
            raise BadInput(
                f"The demo's scheme begins on {shop.STARTS_AT:%d %B %Y}, and it is "
                f"{self.now:%d %B %Y}."
            )
        if not 1 <= self.members <= MOST_MEMBERS:
            raise BadInput(f"Choose from 1 to {MOST_MEMBERS} members.")
        with atomic():
            definition = shop.open_shop()
            self._plan(definition)
            self._calendar.live(until=self.now, progress=progress)
            sweeps.expire_due(now=self.now)
            self._end()

    def _plan(self, definition: CardDefinition) -> None:
        rng = Random(SEED)  # noqa: S311 - a story, no secret
        till = Till(calendar=self._calendar, rng=rng)
        start = max((self.now - YEAR).replace(microsecond=0), shop.STARTS_AT)
        zone = definition.scheme.zone
        for number in range(self.members):
            since = habits.joined(number, start=start, now=self.now, rng=rng)
            self._calendar.add(since, partial(self._join, number, definition))
            for visit in habits.visits(
                number, since=since, now=self.now, zone=zone, rng=rng
            ):
                self._calendar.add(visit.at, partial(self._visit, till, visit))
            if rng.random() < COMPLAINS:
                at = habits.by_day(since + (self.now - since) * rng.random(), rng=rng)
                complain = partial(self._complain, till, number)
                self._calendar.add(max(at, since), complain)
        for night in self._nights(start, definition):
            self._calendar.add(night, _sweep)

    def _nights(
        self, start: datetime, definition: CardDefinition
    ) -> Iterator[datetime]:
        zone = definition.scheme.zone
        night = datetime.combine(start.astimezone(zone), NIGHT, tzinfo=zone)
        while night < self.now - NIGHTS_ENDED:
            if night > start:
                yield night
            night += timedelta(days=1)

    def _join(self, number: int, definition: CardDefinition, now: datetime) -> None:
        self._cards[number] = shop.enrol(number, definition=definition, now=now)

    def _visit(self, till: Till, visit: habits.Visit, now: datetime) -> None:
        till.ring_up(self._cards[visit.member], visit, now)

    def _complain(self, till: Till, number: int, now: datetime) -> None:
        till.complain(self._cards[number], now)

    def _end(self) -> None:
        """One card is reported lost and one member leaves; both keep their points."""
        lost = self._cards[self.members - 1]
        change_card_status(card=lost, status=Card.Status.BLOCKED)
        gone = self._cards[max(self.members - 2, 0)].member
        gone.status = Member.Status.INACTIVE
        gone.save(update_fields=["status"])


def _sweep(now: datetime) -> None:
    sweeps.activate_due(now=now)
    if sweeps.count_to_expire(until=now)[0]:  # only at the beginning of a month
        sweeps.expire_due(now=now)
