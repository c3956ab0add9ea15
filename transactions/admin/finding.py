"""Finding a customer or what happened, by any value that staff are given at the counter.

Every look-up is an exact one that an index answers, so that it is as quick in a table
of millions as in an empty one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Card, Identity, Member
from schemes.access import User, rows_for, units_of
from transactions.models import Bucket, Transaction

# More of one kind than anybody reads: a longer value is then wanted.
MOST_HITS = 20
# Nothing that can be searched is longer.
LONGEST = 200
SEARCHED = _(
    "card number, e-mail address, phone number, external id, order, transaction "
    "reference or uuid"
)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What was found: what it is called, what it is, where it is, and its icon."""

    title: str
    description: str
    link: str
    icon: str


def find(user: User, text: str) -> list[Hit]:
    """What has exactly this value, of what the user may see, best first.

    At most ten queries, and at most MOST_HITS of each kind.
    """
    text = text.strip()
    if not text or len(text) > LONGEST or "\x00" in text:
        return []
    finder = _Finder(user, text)
    return [*finder.members(), *finder.orders(), *finder.ledger_rows()]


class _Finder:
    """The look-ups for one text by one user."""

    def __init__(self, user: User, text: str) -> None:
        self._user = user
        self._text = text
        self._uuid = _uuid(text)

    def _may(self, model: type[Model]) -> bool:
        options = model._meta
        names = (f"{options.app_label}.{act}_{options.model_name}" for act in ACTS)
        return any(self._user.has_perm(name) for name in names)

    def _own(self, rows: QuerySet[Any], unit_path: str) -> QuerySet[Any]:
        return rows_for(self._user, rows, unit_path=unit_path)

    def members(self) -> Iterator[Hit]:
        """Customers, each once, with what of theirs has the value."""
        if not self._may(Member):
            return
        found: dict[int, list[str]] = {}
        for pk, why in (*self._named(), *self._identified()):
            found.setdefault(pk, []).append(why)
        cards: dict[int, Card] = {}
        for card in self._cards():
            cards[card.member_id] = card
            why = gettext("card {code}").format(code=card.code)
            found.setdefault(card.member_id, []).append(why)
        members = Member.objects.select_related("unit").in_bulk(list(found)[:MOST_HITS])
        for pk, member in members.items():
            about = ", ".join(dict.fromkeys(found[pk]))
            # Of several cards the page tells of the one that was asked for.
            chosen = f"?card={cards[pk].pk}" if pk in cards else ""
            yield Hit(
                title=member.name or member.external_id,
                description=gettext("Member of {unit}: {about}").format(
                    unit=member.unit.name, about=about
                ),
                link=reverse("admin:accounts_member_change", args=(pk,)) + chosen,
                icon="person",
            )

    def _named(self) -> Iterator[tuple[int, str]]:
        # Unique within a unit: the units are listed to reach the index.
        where = Q(unit__in=units_of(self._user).values("pk"), external_id=self._text)
        for pk in Member.objects.filter(where).values_list("pk", flat=True)[:MOST_HITS]:
            yield pk, gettext("external id {text}").format(text=self._text)
        if self._uuid:
            rows = self._own(Member.objects.filter(uuid=self._uuid), "unit")
            for pk in rows.values_list("pk", flat=True):
                yield pk, gettext("uuid")

    def _identified(self) -> Iterator[tuple[int, str]]:
        if not self._may(Identity):
            return
        identities = Identity.objects.alias(folded=Lower("value")).filter(
            unit__in=units_of(self._user).values("pk"), folded=Lower(Value(self._text))
        )
        for identity in identities[:MOST_HITS]:
            label = identity.get_type_display().lower()
            yield identity.member_id, f"{label} {identity.value}"

    def _cards(self) -> QuerySet[Card]:
        if not self._may(Card):
            return Card.objects.none()
        where = Q(code=self._text)
        if self._uuid:
            where |= Q(uuid=self._uuid)
        cards = self._own(Card.objects.filter(where), "member__unit")
        return cards.order_by("pk")[:MOST_HITS]

    def orders(self) -> Iterator[Hit]:
        """Orders, each once for a member."""
        if not (self._may(Transaction) and self._may(Member)):
            return
        # As the index of orders leaves empty references out, SQLite must be told so.
        of_order = Q(order_reference=self._text) & ~Q(order_reference="")
        rows = self._own(Transaction.objects.filter(of_order), "card__member__unit")
        members = rows.values_list("card__member", flat=True).distinct()[:MOST_HITS]
        # Two statements: in one, the few members would be looked for among all.
        for member in Member.objects.filter(pk__in=list(members)).order_by("pk"):
            yield Hit(
                title=gettext("Order {text}").format(text=self._text),
                description=gettext("Of {member}").format(
                    member=member.name or member.external_id
                ),
                link=order_address(member.pk, self._text),
                icon="shopping_bag",
            )

    def ledger_rows(self) -> Iterator[Hit]:
        """Transactions by reference or uuid, and buckets by uuid."""
        if self._may(Transaction):
            named = Q(reference=self._text) & ~Q(reference="")
            if self._may(Member):
                # A till may call a transaction as it calls the order: found above.
                named &= ~Q(order_reference=self._text)
            yield from self._rows(Transaction, named, _("Transaction"), "receipt_long")
        if not self._uuid:
            return
        by_uuid = Q(uuid=self._uuid)
        if self._may(Transaction):
            yield from self._rows(
                Transaction, by_uuid, _("Transaction"), "receipt_long"
            )
        if self._may(Bucket):
            yield from self._rows(Bucket, by_uuid, _("Bucket"), "inventory_2")

    def _rows(self, model: type[Any], where: Q, kind: Any, icon: str) -> Iterator[Hit]:
        rows = self._own(model.objects.filter(where), "card__member__unit")
        for row in rows.select_related("card").order_by("pk")[:MOST_HITS]:
            name = model._meta.model_name
            yield Hit(
                title=f"{kind} {row.pk}",
                description=gettext("On card {code}").format(code=row.card.code),
                link=reverse(f"admin:transactions_{name}_change", args=(row.pk,)),
                icon=icon,
            )


ACTS = ("view", "change")


def order_address(member: int, order_reference: str) -> str:
    """The member's page with all that happened with an order."""
    address = reverse("admin:accounts_member_change", args=(member,))
    return f"{address}?{urlencode({'order': order_reference})}#happened"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
