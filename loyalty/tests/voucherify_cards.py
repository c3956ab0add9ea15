"""What tests of the Voucherify door share: the addresses of a card and of its buckets."""

from typing import Any

from accounts.models import Card
from loyalty.tests.api import Caller, shown
from transactions.models import Bucket

PROGRAMS = "/v2/loyalties/programs"


def of_card(card: Card, rest: str) -> str:
    """The address of something of the card."""
    scheme = card.definition.scheme
    return (
        f"{PROGRAMS}/lprg_{scheme.uuid.hex}/members/lmbr_{card.member.uuid.hex}"
        f"/cards/lcrd_{card.uuid.hex}/{rest}"
    )


def pending(bucket: Bucket, action: str) -> str:
    """The address at which a bucket that waits is activated or canceled."""
    return of_card(bucket.card, f"pending-points/lcppb_{bucket.uuid.hex}/{action}")


def expire(bucket: Bucket) -> str:
    """The address at which a bucket is let lapse."""
    return of_card(bucket.card, f"expiring-points/lcpeb_{bucket.uuid.hex}/expire")


def listed(api: Caller, address: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a list's first page."""
    answer = shown(api.get(address, **parameters))
    assert answer["object"] == "list"
    rows: list[dict[str, Any]] = answer["data"]
    return rows


def refused(response: Any) -> tuple[int, str]:
    """The status and the key of a refusal, which must have Voucherify's shape."""
    body = response.json()
    assert body["code"] == response.status_code
    for name in ("key", "message", "details", "resource_id", "resource_type"):
        assert isinstance(body[name], str), name
    assert body["details"]
    return response.status_code, body["key"]
