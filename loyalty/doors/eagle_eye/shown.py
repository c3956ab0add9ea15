"""How wallets, identities, accounts and wallet transactions look in Eagle Eye's API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.models import Card, Identity, Member
from loyalty.doors.eagle_eye import figures
from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.words import (
    DOOR,
    FOR_EVER,
    account_status,
    identity_status,
    kept,
    wallet_status,
    write_moment,
)
from schemes.models import CardDefinition

ACCOUNT_TYPE = "POINTS"


def wallet(member: Member) -> dict[str, Any]:
    """A wallet."""
    said = kept(member)
    return {
        "walletId": write_id(member.pk),
        "type": said.get("type", "CONSUMER"),
        "friendlyName": said.get("friendlyName") or member.name or None,
        "status": wallet_status(member),
        "state": said.get("state", "DEFAULT"),
        "meta": said.get("meta") or [],
        "relationships": [],
        **_dates(member),
    }


def identities(identities: Iterable[Identity]) -> list[dict[str, Any]]:
    """Identities. Neither PINs nor hashes of values are kept here."""
    return [
        {
            "identityId": write_id(identity.pk),
            "walletId": write_id(identity.member_id),
            "type": kept(identity).get("type", identity.type),
            "friendlyName": kept(identity).get("friendlyName"),
            "value": identity.value,
            "safeValue": None,
            "secret": None,
            "dates": {"start": write_moment(identity.created_at), "end": FOR_EVER},
            "meta": kept(identity).get("meta") or [],
            "state": kept(identity).get("state", "DEFAULT"),
            "status": identity_status(identity),
            **_dates(identity),
            "mobileWallet": None,
        }
        for identity in identities
    ]


def accounts(cards: Iterable[Card], *, now: datetime) -> list[dict[str, Any]]:
    """Points accounts with what they hold at `now` (aware).

    cards: with their `definition.scheme`. As many queries for a hundred as for one.
    """
    cards = list(cards)
    balances = figures.of_accounts(cards, now=now)
    return [
        {
            "accountId": write_id(card.pk),
            "walletId": write_id(card.member_id),
            "campaignId": write_id(card.definition_id),
            "type": ACCOUNT_TYPE,
            "clientType": _client_type(card.definition),
            "status": account_status(card),
            "state": account_state(card),
            "dates": {
                "start": write_moment(card.created_at),
                "end": _end(card.definition),
            },
            "meta": [],
            **_dates(card),
            "overrides": [],
            "balances": dict(balances[card.pk]),
            "relationships": [],
            "mobileWallet": None,
        }
        for card in cards
    ]


def account_state(card: Card) -> str:
    """The client's own state of an account: no rule of ours reads it."""
    return str(kept(card).get("state", "EARNBURN"))


def wallet_transaction(
    *,
    id_: str,
    member: Member,
    type_: str,
    at: datetime,
    status: str = "SETTLED",
    state: str = "ORIGINAL",
    reference: str = "",
    parent_id: str = "",
    location: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The wrapper of what happened to the accounts of a wallet in one call.

    Wallet transactions are not stored: `id_` is that of the call's first account
    transaction. `at` is when it happened (aware); `more` are this type's own fields.
    """
    return {
        "walletTransactionId": id_,
        "parentWalletTransactionId": parent_id,
        "walletId": write_id(member.pk),
        "type": type_,
        "status": status,
        "state": state,
        "reference": reference,
        "location": _place(location or {}),
        "dateCreated": write_moment(at),
        "lastUpdated": write_moment(at),
        **more,
    }


def place_of(location: Mapping[str, Any]) -> tuple[Any, Any]:
    """The store and its parent, in whichever of their two forms they were sent."""
    return (
        location.get("storeId", location.get("incomingIdentifier")),
        location.get("storeParentId", location.get("parentIncomingIdentifier")),
    )


def _place(location: Mapping[str, Any]) -> dict[str, Any]:
    store, parent = place_of(location)
    return {"storeId": store, "storeParentId": parent}


def _dates(row: Member | Identity | Card) -> dict[str, str]:
    created = write_moment(row.created_at)
    return {
        "dateCreated": created,
        "lastUpdated": kept(row).get("lastUpdated", created),
    }


def _client_type(definition: CardDefinition) -> str:
    said = definition.door_fields.get(DOOR, {})
    return str(said.get("accountClientType", "RETAILPOINTS"))


def _end(definition: CardDefinition) -> str:
    ends_at = definition.scheme.ends_at
    return FOR_EVER if ends_at is None else write_moment(ends_at)
