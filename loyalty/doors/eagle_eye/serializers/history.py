"""Which of an account's transactions a list is to have."""

from datetime import UTC, datetime, time
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from rest_framework import serializers

from loyalty.doors.eagle_eye import lines
from loyalty.doors.eagle_eye.ids import read_id
from transactions.models import Transaction

# The moments of a line, as `lines` shows them.
MOMENTS = {
    "dateCreated": F("effective_at"),
    "lastUpdated": Coalesce("processed_at", "effective_at"),
}


class MomentField(serializers.DateTimeField):
    """An ISO 8601 moment that also is one in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        """The moment; year 1 in an eastern zone is before all of them in UTC."""
        try:
            return super().to_internal_value(value).astimezone(UTC)
        except OverflowError:
            self.fail("invalid", format="ISO 8601")


class HistorySerializer(serializers.Serializer[Any]):
    """The query parameters, whose names are not those of Python.

    `dateCreated` and `lastUpdated` are whole days in UTC; their `[from]` and `[to]` are
    moments, both of them within.
    """

    def get_fields(self) -> dict[str, Any]:
        """A field for each parameter."""
        return {
            **{
                name: serializers.MultipleChoiceField(
                    choices=sorted(lines.NAMES), required=False
                )
                for name in ("event", "event[]")
            },
            **{name: serializers.DateField(required=False) for name in MOMENTS},
            **{
                f"{name}[{end}]": MomentField(required=False)
                for name in MOMENTS
                for end in ("from", "to")
            },
            "source": serializers.CharField(required=False),
            "accountTransactionId": serializers.CharField(required=False),
            "parentAccountTransactionId": serializers.CharField(required=False),
        }

    def chosen(
        self, transactions: QuerySet[Transaction], *, now: datetime
    ) -> QuerySet[Transaction]:
        """Those of the transactions that are asked for.

        :raises NotFound: if something is asked for that cannot be an id.
        """
        asked = self.validated_data
        events = {*asked.get("event", ()), *asked.get("event[]", ())}
        rows = lines.of_account(transactions, now=now, events=events or None)
        for name, column in (
            ("accountTransactionId", "pk"),
            ("parentAccountTransactionId", "parent"),
        ):
            if name in asked:
                rows = rows.filter(**{column: read_id(asked[name])})
        if "source" in asked:
            rows = rows.filter(actor=asked["source"])
        rows = rows.alias(**MOMENTS)
        for name in MOMENTS:
            rows = rows.filter(self._within(name))
        return rows

    def _within(self, name: str) -> Q:
        asked, within = self.validated_data, Q()
        if day := asked.get(name):
            begins = datetime.combine(day, time.min, tzinfo=UTC)
            ends = datetime.combine(day, time.max, tzinfo=UTC)
            within &= Q(**{f"{name}__range": (begins, ends)})
        if since := asked.get(f"{name}[from]"):
            within &= Q(**{f"{name}__gte": since})
        if until := asked.get(f"{name}[to]"):
            within &= Q(**{f"{name}__lte": until})
        return within
