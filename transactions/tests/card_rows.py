"""All rows of a card in a form that two ways of writing them have in common."""

import json
from typing import Any

from accounts.models import Card
from transactions.models import Allocation, Bucket, Transaction


def left_on(card: Card) -> Any:
    """All rows of the card, with the places of its buckets instead of ids."""
    rows: Any = Bucket.objects.filter(card=card).order_by("pk")
    buckets = list(rows)
    place = {each.pk: number for number, each in enumerate(buckets)}
    uuids = {str(each.uuid): f"bucket {place[each.pk]}" for each in buckets}

    def plain(row: dict[str, Any]) -> str:
        told = {
            name: row[name] for name in row if name not in ("id", "uuid", "card_id")
        }
        if "bucket_id" in told:
            told["bucket_id"] = place.get(told["bucket_id"])
        text = json.dumps(told, default=str)
        for uuid, name in uuids.items():
            text = text.replace(uuid, name)
        return json.dumps(json.loads(text), sort_keys=True)

    transactions = Transaction.objects.filter(card=card)
    keys = dict(transactions.values_list("pk", "idempotency_key"))
    return (
        Card.objects.values_list("overdraft", flat=True).get(pk=card.pk),
        [plain(row) for row in rows.values()],
        sorted(
            plain(row | {"parent_id": keys.get(row["parent_id"])})
            for row in transactions.values()
        ),
        sorted(
            plain(row | {"transaction_id": keys[row["transaction_id"]]})
            for row in Allocation.objects.filter(bucket__card=card).values()
        ),
    )
