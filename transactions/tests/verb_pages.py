"""Going through a verb's page as a browser does: asked, shown, confirmed."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Card
from transactions.models import Allocation, Bucket, Transaction

REASON = "The parcel was late"


def address_of(row: Any, verb: str, **query: Any) -> str:
    """The address of a verb's page."""
    options = row._meta
    name = f"admin:{options.app_label}_{options.model_name}_{verb}"
    address = reverse(name, args=(row.pk,))
    return f"{address}?{urlencode(query)}" if query else address


def opened(client: Any, row: Any, verb: str, **query: Any) -> str:
    """Open the page; answers its address, which has a key of its own."""
    answer = client.get(address_of(row, verb, **query))
    assert answer.status_code == 302, answer
    assert "key=" in answer.url, answer.url
    return str(answer.url)


def shown(client: Any, address: str, **asked: Any) -> Any:
    """The page with what would happen, or with what is wrong."""
    return client.post(address, {"reason": REASON, **asked, "_check": "1"})


def confirmed(client: Any, address: str, page: Any, **asked: Any) -> Any:
    """The answer to a confirmation of what was shown."""
    seen = page.context["effect"].digest
    data = {"reason": REASON, **asked, "_confirm": "1", "seen": seen}
    return client.post(address, data)


def done(client: Any, row: Any, verb: str, **asked: Any) -> Any:
    """Open, look, confirm; answers the last answer."""
    address = opened(client, row, verb)
    page = shown(client, address, **asked)
    assert page.context["effect"], page.context["form"].errors
    return confirmed(client, address, page, **asked)


def messages_of(answer: Any) -> list[str]:
    """What the reader is told on the next page."""
    return [str(message) for message in answer.wsgi_request._messages]


def told(card: Card) -> dict[str, list[dict[str, Any]]]:
    """All rows of a card, by their places instead of their ids, without keys."""
    buckets = list(Bucket.objects.filter(card=card).order_by("pk"))
    transactions = list(Transaction.objects.filter(card=card).order_by("pk"))
    places: dict[Any, dict[int, int]] = {
        model: {each.pk: place for place, each in enumerate(rows)}
        for model, rows in ((Bucket, buckets), (Transaction, transactions))
    }
    named = {
        "bucket_id": Bucket,
        "transaction_id": Transaction,
        "parent_id": Transaction,
    }
    left_out = {"id", "uuid", "card_id", "idempotency_key", "fingerprint"}

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {
            key: places[named[key]].get(value) if key in named else value
            for key, value in row.items()
            if key not in left_out
        }

    allocations = Allocation.objects.filter(bucket__card=card).order_by("pk")
    found = {
        "buckets": Bucket.objects.filter(card=card).order_by("pk"),
        "transactions": Transaction.objects.filter(card=card).order_by("pk"),
        "allocations": allocations,
    }
    return {name: [plain(row) for row in rows.values()] for name, rows in found.items()}
