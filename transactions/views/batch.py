"""The API of batches: up to 1,000 earns, credits, spends and debits in one call."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card
from transactions import ledger
from transactions.models import Bucket
from transactions.serializers.batch import BatchAnswerSerializer, BatchSerializer
from transactions.serializers.verbs import ROWS
from transactions.views.cards import DRY_RUN
from transactions.views.verbs import VerbMixin


class BatchView(VerbMixin):
    """Many calls at once; the answer tells what became of every row."""

    queryset = Bucket.objects.none()
    serializer_class = BatchSerializer
    unit_path = "card__member__unit"
    scope_resource = "points"

    @extend_schema(
        request=BatchSerializer,
        responses={200: BatchAnswerSerializer},
        parameters=[DRY_RUN],
    )
    def create(self, request: Request) -> Response:
        """Book the rows in their order, each for itself or all or nothing."""
        given = BatchSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rows: list[Mapping[str, Any]] = given.validated_data["rows"]
        all_or_nothing: bool = given.validated_data["all_or_nothing"]
        results: list[dict[str, Any]] = [
            {"index": index, "status": "UNDONE", "id": None, "key": None, "message": ""}
            for index in range(len(rows))
        ]
        calls = self._calls(rows, results)
        if len(calls) == len(rows) or not all_or_nothing:
            self._book(calls, results, all_or_nothing=all_or_nothing)
        counts = [each["status"] for each in results]
        return Response(
            {
                "booked": counts.count("BOOKED"),
                "refused": counts.count("REFUSED"),
                "results": results,
            }
        )

    def _calls(
        self, rows: list[Mapping[str, Any]], results: list[dict[str, Any]]
    ) -> dict[int, ledger.Row]:
        """The rows that can be read; the results of the others say why not."""
        cards = self._cards(rows)
        calls = {}
        for index, row in enumerate(rows):
            body = dict(row)
            verb, uuid = body.pop("verb", None), _as_uuid(body.pop("card", None))
            if not isinstance(verb, str) or verb not in ROWS:
                self._refuse(
                    results[index], "invalid_input", f"verb: one of {', '.join(ROWS)}."
                )
                continue
            if uuid not in cards:
                self._refuse(
                    results[index], "not_found", "card: there is no such card."
                )
                continue
            serializer = ROWS[ledger.BatchVerb(verb)](data=body)
            if not serializer.is_valid():
                self._refuse(
                    results[index], "invalid_input", _sentence(serializer.errors)
                )
                continue
            calls[index] = ledger.Row(
                verb=ledger.BatchVerb(verb),
                card_id=cards[uuid],
                arguments=serializer.arguments(),
                cause=serializer.cause(actor=self.actor),
            )
        return calls

    def _cards(self, rows: list[Mapping[str, Any]]) -> dict[UUID | None, int]:
        named = {uuid for row in rows if (uuid := _as_uuid(row.get("card")))}
        own = Card.objects.filter(member__unit=self.unit, uuid__in=named)
        return dict(own.values_list("uuid", "pk"))

    def _book(
        self,
        calls: dict[int, ledger.Row],
        results: list[dict[str, Any]],
        *,
        all_or_nothing: bool,
    ) -> None:
        outcomes = self._do(
            ledger.batch,
            rows=list(calls.values()),
            now=self.now,
            all_or_nothing=all_or_nothing,
        )
        for index, outcome in zip(calls, outcomes, strict=True):
            if outcome.refusal is not None:
                refusal = outcome.refusal
                where = f"{refusal.field}: " if refusal.field else ""
                self._refuse(results[index], refusal.key, where + refusal.message)
            elif outcome.answer is not None:
                results[index] |= {"status": "BOOKED", "id": str(outcome.answer.uuid)}

    def _refuse(self, result: dict[str, Any], key: str, message: str) -> None:
        result |= {"status": "REFUSED", "key": key, "message": message}


def _as_uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _sentence(errors: Any) -> str:
    """The first message of a serializer's errors, with its field."""
    field, path = errors, []
    while isinstance(field, Mapping):
        name, field = next(iter(field.items()))
        path.append(str(name))
    while isinstance(field, list) and field:
        field = field[0]
    return f"{'.'.join(path)}: {field}"
