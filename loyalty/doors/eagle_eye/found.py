"""Finding wallets, identities, accounts and their transactions of a unit."""

from django.db.models import QuerySet

from accounts.models import Card, Identity, Member
from loyalty.doors.eagle_eye.ids import missing, read_id
from loyalty.doors.eagle_eye.words import (
    ACTIVE,
    DELETED,
    identity_status,
    wallet_status,
)
from schemes.models import Unit
from transactions.models import Transaction


def wallet(unit: Unit, text: str) -> Member:
    """The wallet of this id.

    :raises NotFound: if the unit has none, or it was deleted.
    """
    members = Member.objects.filter(unit=unit).select_related("unit")
    member = members.filter(pk=read_id(text)).first()
    if member is None or wallet_status(member) == DELETED:
        raise missing("wallet", text)
    return member


def identity_of_value(unit: Unit, value: str) -> Identity:
    """The identity of this value, whatever its case, with its wallet.

    :raises NotFound: if the unit has none, or it opens its wallet no longer.
    """
    if "\x00" not in value:  # which PostgreSQL does not take
        identities = Identity.objects.for_value(unit=unit, value=value)
        identity = identities.select_related("member__unit").first()
        if identity is not None and identity_status(identity) == ACTIVE:
            return identity
    raise missing("identity", value)


def wallet_of_value(unit: Unit, value: str) -> Member:
    """The wallet that an identity of this value opens.

    :raises NotFound: if there is none.
    """
    member = identity_of_value(unit, value).member
    if wallet_status(member) == DELETED:
        raise missing("identity", value)
    return member


def identity(wallet: Member, text: str) -> Identity:
    """The wallet's identity of this id, whatever its status.

    :raises NotFound: if the wallet has none.
    """
    found = wallet.identities.filter(pk=read_id(text)).first()
    if found is None:
        raise missing("identity", text)
    return found


def accounts(wallet: Member) -> QuerySet[Card]:
    """The wallet's accounts, the newest last, with their schemes."""
    cards = wallet.cards.select_related("definition__scheme", "member__unit")
    return cards.order_by("created_at", "pk")


def account(wallet: Member, text: str) -> Card:
    """The wallet's account of this id, with its scheme.

    :raises NotFound: if the wallet has none.
    """
    card = accounts(wallet).filter(pk=read_id(text)).first()
    if card is None:
        raise missing("account", text)
    return card


def account_transaction(account: Card, text: str) -> Transaction:
    """The account's transaction of this id.

    :raises NotFound: if the account has none.
    """
    transaction = account.transactions.filter(pk=read_id(text)).first()
    if transaction is None:
        raise missing("transaction", text)
    return transaction
