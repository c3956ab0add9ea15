"""Opening, changing and closing wallets, their identities and their accounts.

The statuses are Eagle Eye's; what they mean for points is ours: an active member may
earn and spend, another may not.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.transaction import atomic

from accounts import operations
from accounts.models import Card, Identity, Member
from loyalty.doors.eagle_eye import words
from loyalty.doors.eagle_eye.words import keep
from loyalty.errors import Conflict
from schemes.models import CardDefinition, Unit

# What a client says of an object, and what is kept of it under the same names.
Said = Mapping[str, Any]

# From these no way leads back. Source: Eagle Eye "Object types and status".
FINAL_WALLET = {words.TERMINATED, words.DELETED}
FINAL_IDENTITY = {words.STOLEN, words.TERMINATED}

# What finds a member by our own words; every other type is OTHER.
IDENTITY_TYPES = {
    "CARD": Identity.Type.CARD,
    "LCN": Identity.Type.CARD,
    "EMAIL": Identity.Type.EMAIL,
    "MOBILE": Identity.Type.PHONE,
    "MSISDN": Identity.Type.PHONE,
    "PHONE": Identity.Type.PHONE,
}

# The status that a verb gives an account, our own for it, and where it may come from.
ACCOUNT_VERBS = {
    "activate": (words.ACTIVE, Card.Status.ACTIVE, {words.INACTIVE}),
    "inactivate": (words.INACTIVE, Card.Status.BLOCKED, {words.ACTIVE}),
    "block": (words.LOCKED, Card.Status.BLOCKED, {words.ACTIVE, words.INACTIVE}),
    "unblock": (words.ACTIVE, Card.Status.ACTIVE, {words.LOCKED}),
    "cancel": (
        words.CANCELLED,
        Card.Status.CLOSED,
        {words.ACTIVE, words.INACTIVE, words.LOCKED},
    ),
}


class WalletClosed(Conflict):
    """The wallet was terminated or deleted: it can be read only."""

    key = "wallet_closed"


class StatusConflict(Conflict):
    """The status that the object has does not lead to the one that is wanted."""

    key = "status_conflict"


@atomic
def open_wallet(
    *, unit: Unit, said: Said, identities: Iterable[Said], now: datetime
) -> Member:
    """Make a wallet with its identities, all of it or nothing.

    said: of the wallet; its `reference` names the member, or else the first identity
        does, if it can.
    :raises ExternalIdTaken: if another member has this reference.
    :raises IdentityTaken: if an identity opens, or once opened, a wallet of the unit.
    """
    identities = list(identities)
    about = {name: value for name, value in said.items() if name != "reference"}
    first = identities[0]["value"].strip() if identities else ""
    member = _new_member(unit, named=said.get("reference"), first=first, now=now)
    keep(member, now=now, **about)
    if about.get("status", words.ACTIVE) != words.ACTIVE:
        operations.change_member_status(member=member, status=Member.Status.INACTIVE)
    for identity in identities:
        add_identity(member, identity, now=now)
    return member


def _new_member(unit: Unit, *, named: str | None, first: str, now: datetime) -> Member:
    generated = f"wallet-{uuid4()}"
    try:
        return operations.create_member(
            unit=unit, external_id=named or first or generated, now=now
        )
    except operations.ExternalIdTaken:
        if named:
            raise
    # The identity was another member's first, and is free again.
    return operations.create_member(unit=unit, external_id=generated, now=now)


def require_open(member: Member) -> None:
    """Refuse a wallet that can be read only.

    :raises WalletClosed: if it was terminated or deleted.
    """
    status = words.wallet_status(member)
    if status in FINAL_WALLET:
        raise WalletClosed(f"The wallet is {status}: that is for ever.")


@atomic
def change_wallet(member: Member, said: Said, *, now: datetime) -> Member:
    """Keep what is said of a wallet; its `status` lets its accounts earn, or not.

    :raises WalletClosed: if it can be read only.
    """
    stored = _locked(member)
    require_open(stored)
    keep(stored, now=now, **said)
    if "status" in said:
        active = said["status"] == words.ACTIVE
        operations.change_member_status(
            member=stored,
            status=Member.Status.ACTIVE if active else Member.Status.INACTIVE,
        )
    return stored


@atomic
def delete_wallet(member: Member, *, now: datetime) -> None:
    """Close a wallet for ever: its accounts are canceled, its identities free again.

    What happened to its points stays on record, without the customer's name.
    """
    stored = _locked(member)
    for card in stored.cards.exclude(status=Card.Status.CLOSED).order_by("pk"):
        operations.change_card_status(card=card, status=Card.Status.CLOSED)
    for identity in stored.identities.all():
        operations.remove_identity(identity=identity)
    # What finds the customer again must not find this one.
    operations.change_member(
        member=stored, external_id=f"deleted-{stored.uuid}", name=""
    )
    operations.change_member_status(member=stored, status=Member.Status.INACTIVE)
    forgotten = {"friendlyName": None, "meta": None, "consumer": None}
    keep(stored, now=now, status=words.DELETED, **forgotten)


@atomic
def add_identity(member: Member, said: Said, *, now: datetime) -> Identity:
    """Let a value open the wallet.

    :raises WalletClosed: if the wallet can be read only.
    :raises IdentityTaken: if the value opens, or once opened, a wallet of the unit.
    """
    require_open(_locked(member))
    type_ = said.get("type") or "CARD"
    identity = operations.add_identity(
        member=member,
        value=said["value"],
        type=IDENTITY_TYPES.get(type_.upper(), Identity.Type.OTHER),
        now=now,
    )
    about = {name: value for name, value in said.items() if name != "value"}
    keep(identity, now=now, **{**about, "type": type_})
    return identity


@atomic
def change_identity(identity: Identity, said: Said, *, now: datetime) -> Identity:
    """Keep what is said of an identity; only an active one opens its wallet.

    :raises StatusConflict: if its status is for ever.
    """
    require_open(_locked(identity.member))
    stored = Identity.objects.select_for_update(no_key=True).get(pk=identity.pk)
    status = words.identity_status(stored)
    if status in FINAL_IDENTITY and said.get("status", status) != status:
        raise StatusConflict(f"The identity is {status}: that is for ever.")
    keep(stored, now=now, **said)
    return stored


@atomic
def open_account(
    member: Member, definition: CardDefinition, said: Said, *, now: datetime
) -> Card:
    """Open the wallet's one points account of a scheme.

    :raises WalletClosed: if the wallet can be read only.
    :raises CardExists: if it has an account of the scheme already.
    """
    require_open(_locked(member))
    card = operations.open_card(member=member, definition=definition, now=now)
    keep(card, now=now, **said)
    if said.get("status") == words.INACTIVE:
        operations.change_card_status(card=card, status=Card.Status.BLOCKED)
    return card


@atomic
def change_account(
    card: Card, said: Said, *, now: datetime, verb: str | None = None
) -> Card:
    """Keep what is said of an account, and give it the status that the verb says.

    :raises StatusConflict: if the verb does not fit the status that the account has.
    """
    require_open(_locked(card.member))
    stored = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
    status = words.account_status(stored)
    if verb is None:
        if status == words.CANCELLED:
            raise StatusConflict(f"The account is {status}: that is for ever.")
        keep(stored, now=now, **said)
    else:
        wanted, ours, origins = ACCOUNT_VERBS[verb]
        if status not in {wanted, *origins}:
            raise StatusConflict(f"The account is {status}: it cannot {verb}.")
        keep(stored, now=now, **said, status=wanted)
        operations.change_card_status(card=stored, status=ours)
    card.status, card.door_fields = stored.status, stored.door_fields
    return card


def _locked(member: Member) -> Member:
    """The stored wallet: changes of one wallet come one after the other."""
    return Member.objects.select_for_update(no_key=True).get(pk=member.pk)
