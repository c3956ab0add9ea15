"""The story of a member's points, as the member's page tells it to one reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Card, Identity, Member
from transactions import balances
from transactions.admin import picture as pictures
from transactions.admin import timeline as timelines
from transactions.admin.bucket_line import BucketLine, state_of
from transactions.admin.verbs import Offer, offers
from transactions.balances import Balance

TICK = timedelta(microseconds=1)
# More than anybody reads at once.
MOST_IDENTITIES = 20
MOST_CARDS = 20


class BalanceOnForm(forms.Form):
    """The day, and perhaps the time, of which the balance is asked."""

    date = forms.DateField(
        label=_("Date"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        validators=[
            MinValueValidator(date(1970, 1, 1)),
            MaxValueValidator(date(9000, 12, 31)),
        ],
        help_text=_("Any day, past or to come."),
    )
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "time"}),
        help_text=_("Empty: at the end of that day."),
    )

    def moment(self, zone: tzinfo) -> datetime:
        """The moment that was asked for, on this zone's clocks."""
        day, clock = self.cleaned_data["date"], self.cleaned_data["time"]
        if clock is not None:
            return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        return midnight.astimezone(UTC) - TICK


@dataclass(frozen=True, kw_only=True)
class CardNow:
    """A card, what it holds, and what the reader may do to it.

    Its times are shown in the zone of its scheme.
    """

    card: Card
    has: Balance
    offers: Sequence[Offer]

    @property
    def zone(self) -> tzinfo:
        """Where the card's days begin."""
        return self.card.definition.scheme.zone


@dataclass(frozen=True, kw_only=True)
class CardStory:
    """What is told of the one card that was chosen."""

    now: CardNow
    picture: pictures.Picture | None = None
    more_buckets: int = 0
    timeline: timelines.Timeline | None = None
    is_newest: bool = True
    form: BalanceOnForm
    then: Balance | None = None
    then_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OrderStory:
    """All that happened with one order of the member."""

    reference: str
    lines: Sequence[timelines.Line]
    together: timelines.Both


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that the page tells; what its reader may not see is missing."""

    as_of: datetime
    identities: Sequence[Identity]
    cards: Sequence[CardNow]
    chosen: CardStory | None
    order: OrderStory | None
    may_see_cards: bool
    open_card_link: str

    @property
    def in_all(self) -> int:
        """How many cards there are."""
        return len(self.cards)


def story_of(request: HttpRequest, member: Member, *, now: datetime) -> Story:
    """What the page of this member tells whoever asks for it.

    The request may name a `card` of the member, a transaction (`before`) after which
    its timeline goes on, a `date` and `time` for its balance, and an `order`.
    """
    return _Teller(request, member, now=now).story()


class _Teller:
    """Tells one reader one member's story; every part takes a fixed number of queries."""

    def __init__(self, request: HttpRequest, member: Member, *, now: datetime) -> None:
        self._user: Any = request.user
        self._asked = request.GET
        self._back = request.get_full_path()
        self._member = member
        self._now = now
        # No order is called by what the database could not keep.
        self._order_asked = request.GET.get("order", "").strip().replace("\x00", "")

    def story(self) -> Story:
        """All of it."""
        may = self._user.has_perm
        identities: Sequence[Identity] = ()
        if may("accounts.view_identity"):
            identities = list(self._member.identities.order_by("pk")[:MOST_IDENTITIES])
        cards = self._cards() if may("accounts.view_card") else []
        tells_order = bool(self._order_asked and cards) and self._may_see_lines
        link = reverse("admin:accounts_card_add")
        return Story(
            as_of=self._now,
            identities=identities,
            cards=cards,
            chosen=self._card_story(self._chosen(cards)) if cards else None,
            order=self._order(cards) if tells_order else None,
            may_see_cards=may("accounts.view_card"),
            open_card_link=f"{link}?member={self._member.pk}",
        )

    @property
    def _may_see_lines(self) -> bool:
        return bool(self._user.has_perm("transactions.view_transaction"))

    def _offers(self, row: Model) -> Sequence[Offer]:
        return offers(self._user, row, at=self._now, back=self._back)

    def _cards(self) -> list[CardNow]:
        rows = self._member.cards.select_related("definition__scheme").order_by("pk")
        cards = list(rows[:MOST_CARDS])
        has = balances.of_cards(cards=cards, at=self._now)
        return [
            CardNow(card=card, has=has[card.pk], offers=self._offers(card))
            for card in cards
        ]

    def _chosen(self, cards: Sequence[CardNow]) -> CardNow:
        """The card that was asked for; by default the first that is open."""
        asked = self._asked.get("card", "")
        first = [each for each in cards if str(each.card.pk) == asked]
        open_ = [each for each in cards if each.card.status == Card.Status.ACTIVE]
        return next(iter([*first, *open_, *cards]))

    def _card_story(self, chosen: CardNow) -> CardStory:
        form = BalanceOnForm(self._asked if "date" in self._asked else None)
        told: dict[str, Any] = {"now": chosen, "form": form}
        if form.is_bound and form.is_valid():
            at = form.moment(chosen.zone)
            told["then_at"] = at
            told["then"] = balances.balance(card=chosen.card, at=at, now=self._now)
        if self._user.has_perm("transactions.view_bucket"):
            told |= self._buckets(chosen, at=told.get("then_at"))
        if self._may_see_lines and not self._order_asked:
            before = _key(self._asked.get("before", ""))
            told["is_newest"] = before is None
            page = timelines.timeline(chosen.card, has=chosen.has, before=before)
            lines = self._offered(page.lines, {chosen.card.pk: chosen.card})
            told["timeline"] = replace(page, lines=lines)
        return CardStory(**told)

    def _offered(
        self, lines: Iterable[timelines.Line], cards: Mapping[int, Card]
    ) -> list[timelines.Line]:
        """The lines with what the reader may do to each."""
        offered = []
        for line in lines:
            # The same card, with all that the rules look at.
            line.transaction.card = cards[line.transaction.card_id]
            offered.append(replace(line, offers=self._offers(line.transaction)))
        return offered

    def _order(self, cards: Sequence[CardNow]) -> OrderStory:
        by_key = {each.card.pk: each.card for each in cards}
        lines = timelines.of_order(by_key.values(), order_reference=self._order_asked)
        return OrderStory(
            reference=self._order_asked,
            lines=self._offered(lines, by_key),
            together=timelines.moved_together(lines),
        )

    def _buckets(self, chosen: CardNow, *, at: datetime | None) -> dict[str, Any]:
        """The picture of the card's buckets, and how many are not in it."""
        buckets, more = timelines.buckets_to_show(chosen.card)
        if not buckets:
            return {}
        made_by = timelines.makers_of(buckets)
        lots = []
        for bucket in buckets:
            bucket.card = chosen.card
            line = BucketLine(
                bucket=bucket,
                state=state_of(bucket, at=self._now),
                zone=chosen.zone,
                made_by=made_by.get(bucket.pk),
                offers=self._offers(bucket),
            )
            lots.append(line.lot())
        drawn = pictures.draw(lots, now=self._now, zone=chosen.zone, chosen=at)
        return {"picture": drawn, "more_buckets": more}


def _key(text: str) -> int | None:
    """A key out of an address; None where it cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
