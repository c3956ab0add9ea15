"""What the main operations are sent and what they answer, for the OpenAPI document.

It is one story: Ada buys for 123.45, her points wait five days, then she spends some.
"""

from collections.abc import Mapping
from typing import Any

SCHEME = "0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a001"
DEFINITION = "0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a002"
MEMBER = "0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a003"
CARD = "0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a004"
BUCKET = "0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a005"
EARNED, SPENT, REFUNDED = (
    f"0b0f0a52-7f3d-4a35-9b62-0d2ad9d0a00{number}" for number in (6, 7, 8)
)
AT = "2025-06-10T14:00:00Z"
ACTIVE_AT = "2025-06-15T14:00:00Z"
LAPSES_AT = "2025-12-31T00:00:00Z"


def _transaction(type_: str, **values: Any) -> dict[str, Any]:
    return {
        "id": EARNED,
        "card": CARD,
        "bucket": None,
        "parent": None,
        "type": type_,
        "status": "APPROVED",
        "points": 0,
        "pending_points": 0,
        "effective_at": AT,
        "created_at": AT,
        "processed_at": None,
        "held_until": None,
        "order_reference": "",
        "amount": None,
        "currency": "",
        "reference": "",
        "actor": "client:lp_7d0c2f7ab1e64d1e8f02",
        "reason": "",
        "details": {},
        "allocations": [],
        **values,
    }


_SCHEME = {
    "reference": "RETAIL",
    "name": "Retail Points",
    "starts_at": "2025-01-01T00:00:00Z",
    "time_zone": "Europe/London",
    "currency": "GBP",
}
_EARN = {
    "order": {"reference": "A-1", "amount": 12345, "currency": "GBP"},
    "reference": "till-7-000042",
}
_EARNED = _transaction(
    "PENDING_POINTS_ADDED",
    bucket=BUCKET,
    pending_points=123,
    order_reference="A-1",
    amount=12345,
    currency="GBP",
    reference="till-7-000042",
)

# By method and address: a body, the status of the answer, and the answer.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "POST /schemes/": {
        "body": _SCHEME,
        "status": "201",
        "answer": {
            "id": SCHEME,
            **_SCHEME,
            "description": "",
            "status": "DRAFT",
            "ends_at": None,
            "version": 1,
            "metadata": {},
        },
    },
    "POST /members/": {
        "body": {
            "external_id": "customer-1",
            "name": "Ada",
            "identities": [{"type": "EMAIL", "value": "ada@example.com"}],
        },
        "status": "201",
        "answer": {
            "id": MEMBER,
            "external_id": "customer-1",
            "name": "Ada",
            "status": "ACTIVE",
            "identities": [{"type": "EMAIL", "value": "ada@example.com"}],
            "metadata": {},
            "created_at": AT,
        },
    },
    "POST /cards/": {
        "body": {"member": MEMBER, "card_definition": DEFINITION},
        "status": "201",
        "answer": {
            "id": CARD,
            "member": MEMBER,
            "card_definition": DEFINITION,
            "code": "4839201756",
            "status": "ACTIVE",
            "balance": {
                "active": 0,
                "pending": 0,
                "held": 0,
                "overdraft": 0,
                "next_activation": None,
                "next_expiry": None,
            },
            "created_at": AT,
        },
    },
    "POST /cards/{uuid}/earn/": {"body": _EARN, "status": "201", "answer": _EARNED},
    "POST /cards/{uuid}/spend/": {
        "body": {"points": 100, "order": {"reference": "B-7"}},
        "status": "201",
        "answer": _transaction(
            "POINTS_SPENT_ON_ORDER",
            id=SPENT,
            points=-100,
            amount=100,
            currency="GBP",
            order_reference="B-7",
            allocations=[{"bucket": BUCKET, "points": 100}],
        ),
    },
    "GET /cards/{uuid}/balance/": {
        "status": "200",
        "answer": {
            "active": 0,
            "pending": 123,
            "held": 0,
            "overdraft": 0,
            "next_activation": {"at": ACTIVE_AT, "points": 123},
            "next_expiry": {"at": LAPSES_AT, "points": 123},
        },
    },
    "POST /batch/": {
        "body": {
            "rows": [
                {"verb": "earn", "card": CARD, **_EARN},
                {"verb": "spend", "card": CARD, "points": 500},
            ]
        },
        "status": "200",
        "answer": {
            "booked": 1,
            "refused": 1,
            "results": [
                {
                    "index": 0,
                    "status": "BOOKED",
                    "id": EARNED,
                    "key": None,
                    "message": "",
                },
                {
                    "index": 1,
                    "status": "REFUSED",
                    "id": None,
                    "key": "insufficient_points",
                    "message": "points: The card has 0 active points, not 500.",
                },
            ],
        },
    },
    "POST /orders/{order_reference}/refund/": {
        "body": {"amount": 5000},
        "status": "201",
        "answer": _transaction(
            "POINTS_REFUNDED",
            id=REFUNDED,
            order_reference="A-1",
            amount=5000,
            currency="GBP",
            details={
                "due": 49,
                "from_pending": 49,
                "from_active": 0,
                "overdraft": 0,
                "unrecovered": 0,
            },
        ),
    },
}
