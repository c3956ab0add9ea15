"""What a page needs for its rows' verbs: their addresses, and buttons that lead there."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils import timezone

from transactions.admin.verbs.base import Offer, User, card_of, offered
from transactions.admin.verbs.catalogue import VERBS
from transactions.admin.verbs.views import VerbView, with_card


def offers(user: User, row: Model, *, at: datetime, back: str = "") -> list[Offer]:
    """What the user may do to a card, a bucket or a transaction, as buttons.

    No query, if the row's card has its member and its definition's scheme with it.

    :param at: now (aware).
    :param back: the page to come back to; empty: the one the click comes from.
    """
    return offered(
        user,
        row,
        verbs=VERBS[type(row)],
        why_not=lambda verb: verb.why_not(row, at=at),
        back=back,
    )


class VerbsPage:
    """For a page of cards, buckets or transactions: shows the verbs above each row."""

    model: Any
    change_form_outer_before_template = "admin/verbs/above_row.html"

    def zone_of(self, row: Any) -> ZoneInfo:
        """The zone of the row's scheme, as on the verbs' pages."""
        return card_of(row).definition.scheme.zone

    def get_custom_urls(self) -> tuple[Any, ...]:
        others: tuple[Any, ...] = super().get_custom_urls()  # type: ignore[misc]  # of unfold's class beside it
        named = f"{self.model._meta.app_label}_{self.model._meta.model_name}"
        own = tuple(
            (
                f"<path:object_id>/{verb.name}/",
                f"{named}_{verb.name}",
                VerbView.as_view(verb=verb),
            )
            for verb in VERBS[self.model]
        )
        return (*others, *own)

    def render_change_form(self, request, context, *arguments, obj=None, **named):
        if obj is not None:
            row = with_card(obj)
            context["zone"] = card_of(row).definition.scheme.zone
            context["offers"] = self._offers(request.user, row)
        return super().render_change_form(  # type: ignore[misc]  # of Django's class beside it
            request, context, *arguments, obj=obj, **named
        )

    def _offers(self, user: User, row: Any) -> list[Offer]:
        now = timezone.now()
        return offered(
            user,
            row,
            verbs=VERBS[self.model],
            why_not=lambda verb: verb.why_not(row, at=now) or verb.nothing_left(row),
        )
