"""What can be done to many pending buckets, and how it is put to staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from schemes.sentences import number
from transactions.jobs import Forecast
from transactions.models import Job

# Why a verb would refuse, in words about many buckets.
WHY_NOT: Mapping[str, Any] = {
    "card_not_active": _("the card is blocked or closed"),
    "member_not_active": _("the member is not active"),
    "card_definition_not_active": _("the card definition is not active"),
    "scheme_not_active": _("the scheme is not active"),
    "scheme_outside_dates": _("the scheme has not begun or is over"),
    "bucket_not_pending": _("the date has come and has decided already"),
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One thing that can be done to many pending buckets."""

    name: str
    kind: Job.Kind
    permission: str
    icon: str
    title: Any
    title_of_all: Any
    sentence: Any
    confirm: Any
    warning: Any
    is_final: bool

    def address(self) -> str:
        """Where its preview is; the choice of buckets follows as a query."""
        return reverse("admin:transactions_bucket_pending_bulk", args=(self.name,))

    def told(self, forecast: Forecast) -> dict[str, Any]:
        """A forecast in sentences, for the preview."""
        can = {"buckets": _buckets(forecast.can), "points": number(forecast.can_points)}
        cannot = forecast.buckets - forecast.can
        return {
            "sentence": self.sentence % can,
            "confirm": self.confirm % can,
            "nothing_can": not forecast.can,
            "cannot": gettext("%(buckets)s cannot be, and will stay as they are:")
            % {"buckets": _buckets(cannot)},
            "hindrances": [
                gettext("%(buckets)s with %(points)s points: %(why)s")
                % {
                    "buckets": _buckets(each.buckets),
                    "points": number(each.points),
                    "why": WHY_NOT.get(each.key, each.key),
                }
                for each in forecast.hindrances
            ],
        }


def _buckets(count: int) -> str:
    text = ngettext("%(number)s bucket", "%(number)s buckets", count)
    return text % {"number": number(count)}


ACTIVATE = Way(
    name="activate",
    kind=Job.Kind.ACTIVATE_BUCKETS,
    permission="transactions.activate_bucket",
    icon="bolt",
    title=_("Activate pending points"),
    title_of_all=_("Activate all of these"),
    sentence=_("%(points)s points in %(buckets)s become active now."),
    confirm=_("Activate %(points)s points"),
    warning=_(
        "They can be spent at once, before their date, and cannot be made pending "
        "again."
    ),
    is_final=False,
)
CANCEL = Way(
    name="cancel",
    kind=Job.Kind.CANCEL_BUCKETS,
    permission="transactions.cancel_bucket",
    icon="block",
    title=_("Cancel pending points"),
    title_of_all=_("Cancel all of these"),
    sentence=_("%(points)s points in %(buckets)s are taken back."),
    confirm=_("Cancel %(points)s points"),
    warning=_("This cannot be undone. A mistake can be made up for by a credit."),
    is_final=True,
)
WAYS: Mapping[str, Way] = {way.name: way for way in (ACTIVATE, CANCEL)}
