"""The API of batches: up to 1,000 calls of the ledger's verbs in one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import Caller
from accounts.models import Card
from loyalty.errors import BadInput, NotFound, Refusal
from transactions import ledger
from transactions.models import Bucket
from transactions.serializers.batch import BatchAnswerSerializer, BatchSerializer
from transactions.serializers.verbs import ROWS
from transactions.views.cards import DRY_RUN
from transactions.views.verbs import VerbMixin

# Rows of these verbs name a bucket, and need the scope of the bucket's own actions.
OF_BUCKETS = (ledger.BatchVerb.ACTIVATE, ledger.BatchVerb.CANCEL)
BUCKETS_SCOPE = "buckets:write"
Targets = Mapping[UUID | None, Card | Bucket]


class NotPermitted(Refusal):
    """The caller may make such a batch, but not with this row (403)."""

    key = "not_permitted"
    status = 403


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
        targets = {"card": self._cards(rows), "bucket": self._buckets(rows)}
        calls = {}
        for index, row in enumerate(rows):
            try:
                calls[index] = self._call(dict(row), targets)
            except Refusal as refusal:
                self._refuse(results[index], refusal.key, refusal.message)
        return calls

    def _call(self, body: dict[str, Any], targets: Mapping[str, Targets]) -> ledger.Row:
        """The call that a row stands for.

        :raises BadInput, NotPermitted, NotFound: if it cannot be made.
        """
        name = body.pop("verb", None)
        if not isinstance(name, str) or name not in ROWS:
            raise BadInput(f"verb: one of {', '.join(ROWS)}.")
        verb = ledger.BatchVerb(name)
        what = "bucket" if verb in OF_BUCKETS else "card"
        if what == "bucket" and not self._may_buckets:
            raise NotPermitted(f"This needs the scope {BUCKETS_SCOPE}.")
        target = targets[what].get(_as_uuid(body.pop(what, None)))
        if target is None:
            raise NotFound(f"{what}: there is no such {what}.")
        serializer = ROWS[verb](data=body)
        if not serializer.is_valid():
            raise BadInput(_sentence(serializer.errors))
        card_id, arguments = target.pk, serializer.arguments()
        if isinstance(target, Bucket):
            card_id, arguments = target.card_id, arguments | {"bucket": target}
        return ledger.Row(
            verb=verb,
            card_id=card_id,
            arguments=arguments,
            cause=serializer.cause(actor=self.actor),
        )

    @property
    def _may_buckets(self) -> bool:
        caller = self.request.auth
        return isinstance(caller, Caller) and caller.may(BUCKETS_SCOPE)

    def _cards(self, rows: list[Mapping[str, Any]]) -> Targets:
        own = Card.objects.filter(member__unit=self.unit, uuid__in=_named(rows, "card"))
        return {card.uuid: card for card in own.only("uuid")}

    def _buckets(self, rows: list[Mapping[str, Any]]) -> Targets:
        own = Bucket.objects.filter(
            card__member__unit=self.unit, uuid__in=_named(rows, "bucket")
        )
        return {bucket.uuid: bucket for bucket in own.only("uuid", "card")}

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


def _named(rows: list[Mapping[str, Any]], what: str) -> set[UUID]:
    return {uuid for row in rows if (uuid := _as_uuid(row.get(what)))}


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
