"""The ledger as a file: one line for each transaction."""

from typing import Any

from django.db.models import QuerySet

from transactions.exports.asking import Ask
from transactions.exports.pages import ColumnExport
from transactions.models import Transaction


class Transactions(ColumnExport):
    """All transactions that became true on these days, whatever their status."""

    paths = {
        "id": "pk",
        "effective_at": "effective_at",
        "created_at": "created_at",
        "type": "type",
        "status": "status",
        "external_id": "card__member__external_id",
        "card_number": "card__code",
        "definition": "card__definition__name",
        "points": "points",
        "pending_points": "pending_points",
        "bucket": "bucket_id",
        "answers": "parent_id",
        "order": "order_reference",
        "amount": "amount",
        "currency": "currency",
        "reference": "reference",
        "actor": "actor",
        "reason": "reason",
    }
    columns = tuple(paths)

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return Transaction.objects.filter(
            ask.of_days("effective_at"), card__definition__scheme=ask.scheme
        )
