"""What this door keeps with members, identities and cards, and its words for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.models import Card, Identity, Member

DOOR = "eagle_eye"
ACTIVE, INACTIVE, SUSPENDED = "ACTIVE", "INACTIVE", "SUSPENDED"
TERMINATED, DELETED = "TERMINATED", "DELETED"
LOST, STOLEN = "LOST", "STOLEN"
LOCKED, CANCELLED = "LOCKED", "CANCELLED"

# What no account of a scheme without an end outlives, in Eagle Eye's answers.
FOR_EVER = "2038-01-19T03:14:07+00:00"


def write_moment(at: datetime) -> str:
    """A moment (aware) as Eagle Eye writes it: to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def kept(row: Member | Identity | Card) -> Mapping[str, Any]:
    """What this door's clients have said of an object, and our rules do not read."""
    fields: Mapping[str, Any] = row.door_fields.get(DOOR, {})
    return fields


def keep(row: Member | Identity | Card, *, now: datetime, **fields: Any) -> None:
    """Keep what a client says of an object, beside what was kept before."""
    changed = {**kept(row), **fields, "lastUpdated": write_moment(now)}
    row.door_fields = {**row.door_fields, DOOR: changed}
    row.save(update_fields=["door_fields"])


def wallet_status(member: Member) -> str:
    """The status of a wallet; why it is not active only this door knows."""
    if member.status == Member.Status.ACTIVE:
        return ACTIVE
    return _kept_status(member, INACTIVE, SUSPENDED, TERMINATED, DELETED)


def identity_status(identity: Identity) -> str:
    """The status of an identity; one that another API made is active."""
    return str(kept(identity).get("status", ACTIVE))


def account_status(card: Card) -> str:
    """The status of an account."""
    if card.status == Card.Status.ACTIVE:
        return ACTIVE
    if card.status == Card.Status.CLOSED:
        return CANCELLED
    return _kept_status(card, LOCKED, INACTIVE)


def _kept_status(row: Member | Card, usual: str, *others: str) -> str:
    """The word that was kept, unless the status was changed elsewhere since."""
    word = str(kept(row).get("status"))
    return word if word in others else usual
