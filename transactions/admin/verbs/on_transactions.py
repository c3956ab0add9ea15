"""What staff do about a transaction: give a spend back, refund it, release a hold."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schemes.sentences import points as points_text
from transactions import ledger
from transactions.admin.verbs.base import Verb
from transactions.admin.verbs.forms import GiveBackForm, RefundForm, left_of_spend
from transactions.admin.verbs.on_cards import RefundOrder
from transactions.ledger import Cause
from transactions.models import Transaction


class GiveBack(Verb):
    """Spent points return to the customer."""

    name = "give_back"
    title = gettext_lazy("Give back")
    icon = "undo"
    permission = "transactions.give_back_spend"
    explanation = gettext_lazy(
        "Undoes a spend, or a part of it. The points return with the expiry they had; "
        "those that have expired since come back for a time of grace."
    )
    form_class = GiveBackForm

    def suits(self, row: Transaction) -> bool:
        is_done = row.status == Transaction.Status.APPROVED
        return row.type in Transaction.SPENDS and is_done

    def why_not(self, row: Transaction, *, at: datetime) -> Any:
        if not self.suits(row):
            return _("Only a spend that was made can be given back.")
        return super().why_not(row, at=at)

    def nothing_left(self, row: Any) -> Any:
        if not self.suits(row):
            return ""
        if left_of_spend(row):
            return ""
        return _("All of it was given back already.")

    def call(
        self, row: Transaction, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.give_back(spend=row, now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        return _("Given back: %(points)s.") % {"points": points_text(answer.points)}


class RefundThis(RefundOrder):
    """What the order of this transaction earned is taken back."""

    title = gettext_lazy("Refund this order")
    form_class = RefundForm

    def suits(self, row: Transaction) -> bool:
        return row.type in Transaction.GRANTS and bool(row.order_reference)

    def why_not(self, row: Transaction, *, at: datetime) -> Any:
        if not self.suits(row):
            return _("No order earned points here.")
        return super().why_not(row, at=at)

    def call(
        self, row: Transaction, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        asked["order_reference"] = row.order_reference
        return super().call(row, now=now, cause=cause, **asked)


class Release(Verb):
    """Held points can be spent again."""

    name = "release"
    title = gettext_lazy("Release the hold")
    icon = "lock_open"
    permission = "transactions.give_back_spend"
    explanation = gettext_lazy(
        "The sale will not happen: the points that are held for it can be spent again."
    )
    warning = gettext_lazy(
        "This cannot be undone: the till can no longer take these points."
    )

    def suits(self, row: Transaction) -> bool:
        is_open = row.status == Transaction.Status.PENDING
        return row.held_until is not None and is_open

    def why_not(self, row: Transaction, *, at: datetime) -> Any:
        # A hold can be released whatever has become of the card.
        return "" if self.suits(row) else _("No points are held any more.")

    def call(
        self, row: Transaction, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.release(hold=row, now=now, reason=cause.reason, actor=cause.actor)

    def said(self, answer: Transaction) -> str:
        return _("Released: %(points)s.") % {"points": points_text(-answer.points)}
