"""Opening many cards at once, where they exist by themselves and nobody asks for one."""

from collections.abc import Collection
from datetime import datetime

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card, Member
from accounts.operations import CardExists, draw_code
from schemes.models import CardDefinition
from schemes.operations import keep_definitions

Ids = tuple[int, int]
# A drawn code is taken once in ten billion.
ATTEMPTS = 5


def cards_of(
    holders: Collection[tuple[Member, CardDefinition]], *, now: datetime
) -> dict[Ids, Card]:
    """The cards of these members under these definitions, by the ids of the two.

    All that are missing are opened at once; `now` is aware. One that another call
    opens at the same moment is waited for, and is that one's.

    :raises NotFound: if a definition was deleted meanwhile.
    :raises CardExists: if a definition has hardly any codes left to draw.
    """
    wanted = {(member.pk, rules.pk): (member, rules) for member, rules in holders}
    found, attempts = _opened(wanted), 0
    while missing := wanted.keys() - found.keys():
        if attempts == ATTEMPTS:
            raise CardExists(_("The definition is running out of codes."), field="code")
        attempts += 1
        # In one order for all, so that two calls never wait for each other crosswise.
        in_order = [wanted[ids] for ids in sorted(missing)]
        cards = [
            Card(
                member=member,
                definition=rules,
                code=draw_code(rules.code_pattern),
                created_at=now,
            )
            for member, rules in in_order
        ]
        with atomic():
            keep_definitions(rules for _, rules in in_order)
            Card.objects.bulk_create(cards, ignore_conflicts=True)
        found = _opened(wanted)
    return found


def _opened(wanted: Collection[Ids]) -> dict[Ids, Card]:
    cards = Card.objects.filter(
        member__in={member for member, _ in wanted},
        definition__in={rules for _, rules in wanted},
    )
    return {(card.member_id, card.definition_id): card for card in cards}
