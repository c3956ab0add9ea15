"""What staff do to a card: give and take points, refund an order, block, close, replace it."""

from copy import copy
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import operations
from accounts.models import Card
from schemes.models import CardDefinition
from schemes.sentences import points as points_text
from transactions import ledger
from transactions.admin.verbs.base import Verb, card_of
from transactions.admin.verbs.forms import (
    CreditForm,
    PointsForm,
    RefundOrderForm,
    ReplaceForm,
    VerbForm,
)
from transactions.ledger import Cause
from transactions.models import Transaction


class Credit(Verb):
    """Points are given outright."""

    name = "credit"
    title = gettext_lazy("Give points")
    icon = "add_circle"
    permission = "accounts.adjust_points"
    explanation = gettext_lazy(
        "Gives the customer points without an order: a gesture, or a correction."
    )
    form_class = CreditForm

    def call(
        self, row: Card, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.credit(card=row, now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        points = points_text(answer.points + answer.pending_points)
        return _("Given: %(points)s.") % {"points": points}


class Debit(Verb):
    """Active points are taken away."""

    name = "debit"
    title = gettext_lazy("Take points away")
    icon = "do_not_disturb_on"
    permission = "accounts.adjust_points"
    explanation = gettext_lazy(
        "Takes points that can be spent now, those that expire soonest first."
    )
    warning = gettext_lazy(
        "This cannot be undone: points given later are new ones, with dates of their "
        "own."
    )
    form_class = PointsForm

    def call(
        self, row: Card, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.debit(card=row, now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        return _("Taken away: %(points)s.") % {"points": points_text(-answer.points)}


class RefundOrder(Verb):
    """What an order earned is taken back."""

    name = "refund_order"
    title = gettext_lazy("Refund an order")
    icon = "assignment_return"
    permission = "accounts.refund_order"
    explanation = gettext_lazy(
        "The customer brings goods back: takes back what the order earned, pending "
        "points first."
    )
    warning = gettext_lazy("This cannot be undone: an order earns its points once.")
    form_class: ClassVar[type[VerbForm]] = RefundOrderForm

    def why_not(self, row: Any, *, at: datetime) -> Any:
        definition = card_of(row).definition
        if definition.refunds == CardDefinition.Refunds.NONE:
            return _("%(points)s are not taken back when an order is refunded.") % {
                "points": definition.name
            }
        return super().why_not(row, at=at)

    def call(
        self, row: Any, *, now: datetime, cause: Cause, **asked: Any
    ) -> Transaction:
        return ledger.refund_order(card=card_of(row), now=now, cause=cause, **asked)

    def said(self, answer: Transaction) -> str:
        told = answer.details
        return _("Order %(order)s refunded. Taken back: %(points)s.") % {
            "order": answer.order_reference,
            "points": points_text(told["due"] - told["unrecovered"]),
        }


class CardVerb(Verb):
    """Changes the card itself; its history keeps who did it and why.

    A copy of it, as far as this process goes: a preview is undone in the database only.
    """

    logs: ClassVar[Any]

    def said(self, answer: Card) -> str:
        return str(self.logs % {"card": answer.code})

    def logged(self, answer: Card, *, reason: str) -> str:
        return f"{self.said(answer)} {reason}"


class StatusVerb(CardVerb):
    """Gives cards of some statuses another one."""

    permission = "accounts.block_card"
    takes: ClassVar[frozenset[str]]
    gives: ClassVar[Card.Status]
    # Which cards alone it is for, and what this one is.
    otherwise: ClassVar[Any]

    def suits(self, row: Card) -> bool:
        return row.status in self.takes

    def why_not(self, row: Card, *, at: datetime) -> Any:
        if self.suits(row):
            return ""
        return str(self.otherwise % {"status": row.get_status_display()})

    def call(self, row: Card, *, now: datetime, cause: Cause, **asked: Any) -> Card:
        return operations.change_card_status(card=copy(row), status=self.gives)


class Block(StatusVerb):
    """The card can no longer be used, for a while."""

    name = "block"
    title = gettext_lazy("Block the card")
    icon = "block"
    explanation = gettext_lazy(
        "For a card that is lost or misused. It earns and spends nothing until it is "
        "unblocked; its points keep their dates."
    )
    takes = frozenset({Card.Status.ACTIVE})
    gives = Card.Status.BLOCKED
    otherwise = gettext_lazy(
        "Only an active card can be blocked. This one is: %(status)s."
    )
    logs = gettext_lazy("Card %(card)s is blocked.")


class Unblock(StatusVerb):
    """The card can be used again."""

    name = "unblock"
    title = gettext_lazy("Unblock the card")
    icon = "lock_open"
    explanation = gettext_lazy("The card earns and spends again, from this moment.")
    takes = frozenset({Card.Status.BLOCKED})
    gives = Card.Status.ACTIVE
    otherwise = gettext_lazy(
        "Only a blocked card can be unblocked. This one is: %(status)s."
    )
    logs = gettext_lazy("Card %(card)s is active again.")


class Close(StatusVerb):
    """The customer has done with the card."""

    name = "close"
    title = gettext_lazy("Close the card")
    icon = "credit_card_off"
    explanation = gettext_lazy(
        "For a customer who leaves. The card earns and spends nothing more; its points "
        "stay on it until they lapse."
    )
    takes = frozenset({Card.Status.ACTIVE, Card.Status.BLOCKED})
    gives = Card.Status.CLOSED
    otherwise = gettext_lazy(
        "Only an open card can be closed. This one is: %(status)s."
    )
    logs = gettext_lazy("Card %(card)s is closed.")


class Reopen(StatusVerb):
    """The card was closed by mistake, or the customer comes back.

    A member has one card of a definition, so there is no other way back.
    """

    name = "reopen"
    title = gettext_lazy("Reopen the card")
    icon = "credit_score"
    explanation = gettext_lazy(
        "For a customer who comes back, or a card that was closed by mistake. It earns "
        "and spends again; what has lapsed meanwhile does not come back."
    )
    takes = frozenset({Card.Status.CLOSED})
    gives = Card.Status.ACTIVE
    otherwise = gettext_lazy(
        "Only a closed card can be reopened. This one is: %(status)s."
    )
    logs = gettext_lazy("Card %(card)s is open again.")


class Replace(CardVerb):
    """The card gets another number."""

    name = "replace"
    title = gettext_lazy("Replace the card")
    icon = "sync_alt"
    permission = "accounts.replace_card"
    explanation = gettext_lazy(
        "For a card that was lost or broken: the customer gets another number. The "
        "old one finds nobody any more; points and history stay."
    )
    logs = gettext_lazy("The card's number is %(card)s now.")
    form_class = ReplaceForm

    def why_not(self, row: Card, *, at: datetime) -> Any:
        if row.status == Card.Status.CLOSED:
            return _("The card is closed.")
        return ""

    def call(self, row: Card, *, now: datetime, cause: Cause, **asked: Any) -> Card:
        return operations.replace_card(card=copy(row), **asked)
