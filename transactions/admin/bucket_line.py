"""A bucket as a line of the member's page: what its dates make of it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schemes.sentences import number
from transactions.admin.picture import Lot
from transactions.admin.verbs import Offer
from transactions.models import Bucket, Transaction

STATES: Mapping[str, Any] = {
    "PENDING": _("pending"),
    "ACTIVE": _("active"),
    "SPENT": _("spent"),
    "EXPIRED": _("expired"),
    "CANCELED": _("canceled"),
}


def state_of(bucket: Bucket, *, at: datetime) -> str:
    """What the bucket is at a moment by its own dates, whatever a sweep has written."""
    begins, ends = bucket.activates_at, bucket.expires_at
    if bucket.status == Bucket.Status.CANCELED:
        return "CANCELED"
    if bucket.status == Bucket.Status.EXPIRED:
        return "EXPIRED"
    if not bucket.remaining:
        return "SPENT"
    if begins is None:
        late = bucket.cancels_at is not None and bucket.cancels_at <= at
        return "CANCELED" if late else "PENDING"
    if ends is not None and ends <= at:
        return "EXPIRED"
    return "ACTIVE" if begins <= at else "PENDING"


@dataclass(frozen=True, kw_only=True)
class BucketLine:
    """A bucket, what it is by its dates, and the transaction that made it.

    zone: of its moments. offers: what the reader may do to it.
    """

    bucket: Bucket
    state: str
    zone: tzinfo
    made_by: Transaction | None
    offers: Sequence[Offer]

    @property
    def label(self) -> str:
        """The state in the reader's language."""
        return str(STATES[self.state])

    @property
    def text(self) -> str:
        """All of it in a sentence."""
        bucket = self.bucket
        return gettext(
            "{remaining} of {points} points left, {state}. Earned {earned}, usable "
            "from {begins}, until {ends}."
        ).format(
            remaining=number(bucket.remaining),
            points=number(bucket.points),
            state=self.label,
            earned=self._moment(bucket.earned_at),
            begins=self._moment(bucket.activates_at) or gettext("an event"),
            ends=self._moment(bucket.expires_at) or gettext("they are spent"),
        )

    def lot(self) -> Lot:
        """What the picture needs of it."""
        bucket = self.bucket
        return Lot(
            earned_at=bucket.earned_at,
            activates_at=bucket.activates_at,
            cancels_at=bucket.cancels_at,
            ends_at=bucket.expires_at,
            points=bucket.points,
            remaining=bucket.remaining,
            subject=self,
        )

    def _moment(self, at: datetime | None) -> str:
        here = at and at.astimezone(self.zone)
        return date_format(here, "DATETIME_FORMAT") if here else ""
