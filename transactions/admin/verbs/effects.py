"""What a verb does to a card, told by comparing the card before and after it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Card
from schemes.sentences import points as points_text
from transactions import balances
from transactions.balances import Balance
from transactions.models import Bucket, Transaction


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure or a word that is another one afterwards."""

    label: Any
    before: Any
    after: Any

    @property
    def is_change(self) -> bool:
        return bool(self.before != self.after)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A bucket before and after; `before` is None where it is a new one."""

    before: Bucket | None
    after: Bucket

    @property
    def was_left(self) -> int:
        return self.before.remaining if self.before else 0


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What was done, and what the card was and is.

    answer: what the verb answered.
    card: words and figures of the card itself, and its balance.
    has: what the card holds afterwards.
    written: the transactions, in their order; also what follows by itself.
    """

    answer: Any
    card: list[Change]
    has: Balance
    written: list[Transaction]
    buckets: list[Moved]

    @property
    def warnings(self) -> list[str]:
        """What staff should know before they go on."""
        if isinstance(self.answer, Transaction):
            return [*_warnings(self.answer)]
        if self.answer.status == Card.Status.CLOSED:
            return [*_warnings_of_closing(self.has)]
        return []

    @property
    def is_replay(self) -> bool:
        """Whether a verb of the ledger did nothing now, as it was done before."""
        return isinstance(self.answer, Transaction) and not self.written

    @property
    def digest(self) -> str:
        """The same for the same figures, whenever it is done."""
        figures = [
            [(each.before, each.after) for each in self.card],
            [(each.type, each.points, each.pending_points) for each in self.written],
            [
                (each.before and each.before.pk, each.was_left, each.after.remaining)
                for each in self.buckets
            ],
        ]
        return hashlib.sha256(repr(figures).encode()).hexdigest()


def observed(*, card: Card, act: Callable[[], Any], now: datetime) -> Effect:
    """Call `act` and tell what it did to the card. Undone by who wants a preview."""
    before, open_before = _state(card, has=_has(card, now)), _open_buckets(card)
    answer = act()
    has = _has(card, now)
    after, open_after = _state(card, has=has), _open_buckets(card)
    gone = Bucket.objects.in_bulk(open_before.keys() - open_after.keys())
    buckets = {**gone, **open_after}
    written = card.transactions.filter(Q(created_at=now) | Q(processed_at=now))
    return Effect(
        answer=answer,
        card=[
            Change(label=label, before=before[label], after=after[label])
            for label in before
        ],
        has=has,
        written=list(written.order_by("pk")),
        buckets=[*_moved(open_before, buckets, now=now)],
    )


def _has(card: Card, now: datetime) -> Balance:
    return balances.of_cards(cards=[card], at=now)[card.pk]


def _state(card: Card, *, has: Balance) -> Mapping[str, Any]:
    stored = Card.objects.get(pk=card.pk)
    return {
        _("Active points"): has.active,
        _("Pending points"): has.pending,
        _("Points held for spends"): has.held,
        _("Points that the customer owes"): has.overdraft,
        _("Card number"): stored.code,
        _("Card status"): stored.get_status_display(),
    }


def _open_buckets(card: Card) -> dict[int, Bucket]:
    return {each.pk: each for each in Bucket.objects.open().filter(card=card)}


def _moved(
    before: Mapping[int, Bucket], after: Mapping[int, Bucket], *, now: datetime
) -> Iterator[Moved]:
    for pk in sorted(after):
        was, now_is = before.get(pk), after[pk]
        if was is None and now_is.created_at != now:
            # It was spent out, and gets points back.
            was = copy(now_is)
            was.remaining = 0
        if was is None or (was.status, was.remaining, was.dates) != (
            now_is.status,
            now_is.remaining,
            now_is.dates,
        ):
            yield Moved(before=was, after=now_is)


def _warnings(answer: Transaction) -> Iterator[str]:
    told = answer.details
    if told.get("unrecovered"):
        yield _("Cannot be recovered, the card has no more: %(points)s.") % {
            "points": points_text(told["unrecovered"])
        }
    if told.get("overdraft"):
        yield _("The card has too few, so the customer will owe: %(points)s.") % {
            "points": points_text(told["overdraft"])
        }
    if told.get("renewed"):
        yield _(
            "Some of these have expired since; they come back in a bucket of their "
            "own: %(points)s."
        ) % {"points": points_text(told["renewed"])}
    if answer.type == Transaction.Type.POINTS_REFUNDED and not told.get("due"):
        yield _("Nothing is left of this order to take back.")


def _warnings_of_closing(has: Balance) -> Iterator[str]:
    if left := has.active + has.pending:
        yield _(
            "The card still holds %(points)s, active or pending. Once it is closed "
            "the customer cannot spend them; they stay until they lapse."
        ) % {"points": points_text(left)}
    if has.held:
        yield _(
            "A spend of %(points)s is under way. It can no longer be completed."
        ) % {"points": points_text(has.held)}
    if has.overdraft:
        yield _("The customer still owes %(points)s.") % {
            "points": points_text(has.overdraft)
        }
