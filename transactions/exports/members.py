"""Members as a file: one line for each card, with what it holds."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.models import Card, Identity
from transactions import balances
from transactions.exports.asking import Ask
from transactions.exports.pages import Export


class Members(Export):
    """Members of a scheme, by the days on which their cards were opened."""

    columns = (
        "external_id",
        "name",
        "status",
        "email",
        "phone",
        "card_number",
        "definition",
        "card_status",
        "active_points",
        "pending_points",
        "held_points",
        "overdraft",
        "joined_at",
        "card_opened_at",
        "metadata",
    )

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return (
            Card.objects.filter(
                ask.of_days("created_at"), definition__scheme=ask.scheme
            )
            .select_related("member", "definition")
            .prefetch_related("member__identities")
        )

    def cells(self, ask: Ask, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
        has = balances.of_cards(cards=rows, at=ask.now)
        for card in rows:
            member, holds = card.member, has[card.pk]
            yield (
                member.external_id,
                member.name,
                member.status,
                _values(member, Identity.Type.EMAIL),
                _values(member, Identity.Type.PHONE),
                card.code,
                card.definition.name,
                card.status,
                holds.active,
                holds.pending,
                holds.held,
                holds.overdraft,
                member.created_at,
                card.created_at,
                member.metadata,
            )


def _values(member: Any, type_: Identity.Type) -> str:
    found = [each for each in member.identities.all() if each.type == type_]
    return "; ".join(each.value for each in sorted(found, key=lambda each: each.pk))
