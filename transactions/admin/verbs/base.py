"""What a verb of the back office is: who may do it, when, what is asked, what is done."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Model
from django.urls import reverse

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.sentences import in_words
from transactions.admin.verbs.forms import VerbForm
from transactions.ledger import Cause
from transactions.ledger.locking import require_open

User = AbstractUser | AnonymousUser


class Verb(ABC):
    """One thing that staff can do to a row: a form, a preview, a call of the ledger.

    The rules are the ledger's. What is said here only spares staff a form that cannot
    succeed, as far as the row itself tells.
    """

    name: ClassVar[str]
    title: ClassVar[Any]
    icon: ClassVar[str]
    permission: ClassVar[str]
    # For whom it is, and what follows from it, in a sentence or two.
    explanation: ClassVar[Any]
    # Why nobody can undo it; empty where somebody can.
    warning: ClassVar[Any] = ""
    form_class: ClassVar[type[VerbForm]] = VerbForm

    def suits(self, row: Any) -> bool:
        """Whether rows like this one are offered the verb at all."""
        return True

    def why_not(self, row: Any, *, at: datetime) -> Any:
        """Why the row's state does not allow it at `at`; empty if it does. No query."""
        return why_shut(card_of(row), at=at)

    def nothing_left(self, row: Any) -> Any:
        """Why it has been done already, where that takes a query; empty if not."""
        return ""

    @abstractmethod
    def call(self, row: Any, *, now: datetime, cause: Cause, **asked: Any) -> Any:
        """Do it. Answers the transaction, or the card where none is written."""

    @abstractmethod
    def said(self, answer: Any) -> str:
        """What has happened, in a sentence."""

    def logged(self, answer: Any, *, reason: str) -> str:
        """What the history of the card keeps, where no transaction keeps it."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A verb that somebody may do to a row; `why_not` says why it cannot be done."""

    name: str
    title: Any
    icon: str
    url: str
    why_not: Any
    is_final: bool


def offered(
    user: User,
    row: Model,
    *,
    verbs: Iterable[Verb],
    why_not: Callable[[Verb], Any],
    back: str = "",
) -> list[Offer]:
    """Those of the verbs that the user may do, with what the row's state says to them."""
    options = row._meta
    found = []
    for verb in verbs:
        if not (verb.suits(row) and user.has_perm(verb.permission)):
            continue
        reason = why_not(verb)
        name = f"admin:{options.app_label}_{options.model_name}_{verb.name}"
        url = "" if reason else reverse(name, args=(row.pk,))
        found.append(
            Offer(
                name=verb.name,
                title=verb.title,
                icon=verb.icon,
                url=f"{url}?{urlencode({'next': back})}" if url and back else url,
                why_not=reason,
                is_final=bool(verb.warning),
            )
        )
    return found


def card_of(row: Any) -> Card:
    """The card that the row is, or is of."""
    card: Card = row if isinstance(row, Card) else row.card
    return card


def why_shut(card: Card, *, at: datetime) -> str:
    """What stands in the way of any verb on the card; empty if nothing does."""
    try:
        require_open(card, at=at)
    except Refusal as refusal:
        return in_words(refusal)
    return ""
