"""What staff do to points granted together: activate, cancel, re-date, expire them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schemes.sentences import points as points_text
from transactions import ledger
from transactions.admin.verbs.base import Verb
from transactions.admin.verbs.forms import CancelForm, RescheduleForm
from transactions.ledger import Cause
from transactions.ledger.transitions import is_spendable
from transactions.models import Bucket, Transaction


def waits(bucket: Bucket, *, at: datetime) -> bool:
    """Whether the points are pending at `at`, by their own dates."""
    until = bucket.activates_at or bucket.cancels_at
    is_pending = bucket.status == Bucket.Status.PENDING
    return is_pending and until is not None and at < until


class Waiting(Verb):
    """For points that are pending."""

    def why_not(self, row: Bucket, *, at: datetime) -> Any:
        if not waits(row, at=at):
            return _("Only for points that are pending: these no longer are.")
        return super().why_not(row, at=at)


class Activate(Waiting):
    """Pending points can be spent from now on."""

    name = "activate"
    title = gettext_lazy("Activate now")
    icon = "play_circle"
    permission = "transactions.activate_bucket"
    explanation = gettext_lazy(
        "The customer can spend these points from this moment, without waiting for "
        "their date."
    )
    warning = gettext_lazy(
        "This cannot be undone: active points do not become pending again."
    )

    def call(
        self, row: Bucket, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.activate(bucket=row, now=now, cause=cause)

    def said(self, answer: Transaction) -> str:
        return _("Activated: %(points)s.") % {"points": points_text(answer.points)}


class Cancel(Waiting):
    """Pending points are taken back."""

    name = "cancel"
    title = gettext_lazy("Cancel points")
    icon = "cancel"
    permission = "transactions.cancel_bucket"
    explanation = gettext_lazy(
        "Takes pending points back, all or a part, before they can be spent."
    )
    warning = gettext_lazy("This cannot be undone: canceled points are gone.")
    form_class = CancelForm

    def call(
        self, row: Bucket, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.cancel(bucket=row, now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        points = points_text(-answer.pending_points)
        return _("Canceled: %(points)s.") % {"points": points}


class Reschedule(Verb):
    """Points get other dates."""

    name = "reschedule"
    title = gettext_lazy("Change the dates")
    icon = "edit_calendar"
    permission = "transactions.reschedule_bucket"
    explanation = gettext_lazy(
        "Says anew from when, or until when, these points can be spent."
    )
    form_class = RescheduleForm

    def why_not(self, row: Bucket, *, at: datetime) -> Any:
        if not (waits(row, at=at) or (is_spendable(row, at=at) and row.remaining)):
            return _("Nothing remains that could get other dates.")
        return super().why_not(row, at=at)

    def call(
        self, row: Bucket, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.reschedule(bucket=row, now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        return _("The dates are changed.")


class Expire(Verb):
    """Active points lapse now."""

    name = "expire"
    title = gettext_lazy("Expire now")
    icon = "timer_off"
    permission = "transactions.expire_bucket"
    explanation = gettext_lazy(
        "Lets what remains of these points lapse now, before their date."
    )
    warning = gettext_lazy("This cannot be undone: expired points are gone.")

    def why_not(self, row: Bucket, *, at: datetime) -> Any:
        if not (is_spendable(row, at=at) and row.remaining):
            return _("Only active points can expire: none are left here.")
        return super().why_not(row, at=at)

    def call(
        self, row: Bucket, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.expire(bucket=row, now=now, cause=cause)

    def said(self, answer: Transaction) -> str:
        return _("Expired: %(points)s.") % {"points": points_text(-answer.points)}
