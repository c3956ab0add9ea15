"""What this door shows of points: buckets and transactions in Voucherify's shapes."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from accounts.models import Card
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.ids import Kind
from transactions.models import Bucket, Transaction

Type = Transaction.Type

CARD_TYPE = "INDIVIDUAL"
EXPIRATION_TYPES = {
    "NONE": "NO_EXPIRATION",
    "ROLLING": "ROLLING_EXPIRATION",
    "CALENDAR": "CALENDAR_EXPIRATION",
    "SLIDING": "SLIDING_EXPIRATION",
}


def moment(at: datetime | None) -> str | None:
    """An aware moment to the millisecond in UTC, for example 2026-01-31T12:00:00.000Z."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def day(at: datetime | None, *, zone: tzinfo) -> str | None:
    """The local date of an aware moment, for example 2026-01-31."""
    if at is None:
        return None
    try:
        return at.astimezone(zone).date().isoformat()
    except OverflowError:  # the last hours of the year 9999
        return at.date().isoformat()


def last_usable_day(expires_at: datetime | None, *, zone: tzinfo) -> str | None:
    """The local date of the last moment before points lapse.

    Source: Voucherify v1 "Points expiration": they are deducted when the day is over.
    """
    if expires_at is None:
        return None
    return day(expires_at - timedelta.resolution, zone=zone)


def pending_bucket(bucket: Bucket, *, card: Card) -> dict[str, Any]:
    """A bucket that waits; its date is that of its activation or of its deadline."""
    return {
        "id": ids.write(Kind.PENDING_BUCKET, bucket.uuid),
        **_owner(card),
        "points": {"total": bucket.remaining},
        **_awaited(bucket, dates=bucket.dates, zone=card.definition.scheme.zone),
        "status": "PENDING",
        "created_at": moment(bucket.created_at),
        "updated_at": None,
        "object": "card_pending_points_bucket",
    }


def expiring_bucket(bucket: Bucket, *, card: Card) -> dict[str, Any]:
    """A bucket that can be spent until its expiration date."""
    zone = card.definition.scheme.zone
    return {
        "id": ids.write(Kind.EXPIRING_BUCKET, bucket.uuid),
        **_owner(card),
        "customer_id": card.member.external_id,
        "points": {"total": bucket.remaining},
        **_expiration(bucket, zone),
        "status": "ACTIVE",
        "created_at": moment(bucket.created_at),
        "updated_at": None,
        "object": "card_points_bucket",
    }


def transaction(row: Transaction, *, card: Card) -> dict[str, Any]:
    """A transaction of the card with what its type says beside.

    row: with `moved`, if the dates of its bucket may have been moved since.
    """
    more = DETAILS.get(Type(row.type), _plain)
    return {
        "id": ids.write(Kind.TRANSACTION, row.uuid),
        **_owner(card),
        "type": row.type,
        "details": {
            "reason": row.reason or None,
            "metadata": row.details.get("metadata", {}),
            "rejection": row.details.get("rejection"),
            **more(row, card.definition.scheme.zone),
        },
        "status": row.status,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.processed_at),
        "object": "card_transaction",
    }


def _owner(card: Card) -> dict[str, str]:
    definition = card.definition
    return {
        "card_id": ids.write(Kind.CARD, card.uuid),
        "program_id": ids.write(Kind.PROGRAM, definition.scheme.uuid),
        "member_id": ids.write(Kind.MEMBER, card.member.uuid),
        "card_definition_id": ids.write(Kind.CARD_DEFINITION, definition.uuid),
        "card_type": CARD_TYPE,
    }


def _plain(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    return {"points": {"total": row.points}}


def _granted(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    total = row.points + row.pending_points
    return {"points": {"total": total, **_expiration(row.bucket, zone)}}


def _waiting(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    bucket = row.bucket
    assert bucket is not None, "the database refuses such a row without one"
    # An early activation moves the date; what is shown is the one that was promised.
    moved = getattr(row, "moved", None) or {"dates_before": bucket.dates}
    dates = row.details.get("dates_before", moved["dates_before"])
    total = abs(row.pending_points)
    return {"points": {"total": total, **_awaited(bucket, dates=dates, zone=zone)}}


def _awaited(
    bucket: Bucket, *, dates: Mapping[str, Any], zone: tzinfo
) -> dict[str, Any]:
    """When a bucket activates or, where an event is awaited, is canceled."""
    awaited = datetime.fromisoformat(dates["activates_at"] or dates["cancels_at"])
    return {"date": day(awaited, zone=zone), "type": bucket.pending_mode}


def _expired_by_hand(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    return {**_plain(row, zone), "bucket": _lapsed(row, zone)}


def _expired(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    lapsed = _lapsed(row, zone)
    return {
        **_plain(row, zone),
        "date": lapsed["expiration_date"],
        "buckets": [lapsed],
    }


def _lapsed(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    bucket = row.bucket
    assert bucket is not None, "the database refuses such a row without one"
    return {
        "id": ids.write(Kind.EXPIRING_BUCKET, bucket.uuid),
        "points": {"total": -row.points},
        **_expiration(bucket, zone),
    }


def _spent_on_reward(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    reward = row.details.get("reward")
    # `reward_id` and `result` are what the first pages of this API had.
    return {
        **_plain(row, zone),
        "reward": {"id": reward},
        "reward_id": reward,
        "result": None,
    }


def _spent_on_order(row: Transaction, zone: tzinfo) -> dict[str, Any]:
    source_id = row.order_reference
    order = {"id": ids.write_order(source_id), "source_id": source_id}
    return {**_plain(row, zone), "order": order if source_id else None}


def _expiration(bucket: Bucket | None, zone: tzinfo) -> dict[str, Any]:
    if bucket is None:
        return {"expiration_date": None, "expiration_type": None}
    return {
        "expiration_date": last_usable_day(bucket.expires_at, zone=zone),
        "expiration_type": EXPIRATION_TYPES[bucket.expiry_mode],
    }


# What a type says beside `points.total`. The types that are missing say no more.
DETAILS: Mapping[Type, Callable[[Transaction, tzinfo], dict[str, Any]]] = {
    Type.ADMIN_CREDIT: _granted,
    Type.POINTS_EARNED: _granted,
    Type.POINTS_RETURNED: _granted,
    Type.PENDING_POINTS_ADDED: _waiting,
    Type.PENDING_POINTS_ACTIVATED: _waiting,
    Type.PENDING_POINTS_CANCELED: _waiting,
    Type.ADMIN_POINTS_EXPIRATION: _expired_by_hand,
    Type.POINTS_EXPIRED: _expired,
    Type.POINTS_SPENT_ON_REWARD: _spent_on_reward,
    Type.POINTS_SPENT_ON_ORDER: _spent_on_order,
}
