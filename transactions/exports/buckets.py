"""Buckets as a file: one line for each lot of points."""

from typing import Any

from django.db.models import QuerySet

from transactions.exports.asking import Ask
from transactions.exports.pages import ColumnExport
from transactions.models import Bucket


class Buckets(ColumnExport):
    """All buckets that were earned on these days, also those that are used up."""

    paths = {
        "id": "pk",
        "external_id": "card__member__external_id",
        "card_number": "card__code",
        "definition": "card__definition__name",
        "status": "status",
        "points": "points",
        "remaining": "remaining",
        "earned_at": "earned_at",
        "activates_at": "activates_at",
        "expires_at": "expires_at",
        "cancels_at": "cancels_at",
        "order": "order_reference",
    }
    columns = tuple(paths)

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return Bucket.objects.filter(
            ask.of_days("earned_at"), card__definition__scheme=ask.scheme
        )
