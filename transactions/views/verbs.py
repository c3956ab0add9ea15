"""How views call a verb: parse, call (or preview), answer with the transaction."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.response import Response

from loyalty.errors import BadInput
from schemes.serializers.base import StrictSerializer
from schemes.views.base import OwnRows
from transactions import ledger
from transactions.models import Transaction
from transactions.serializers.rows import TransactionSerializer
from transactions.serializers.verbs import CauseSerializer

Verb = Callable[..., Any]
Given = TypeVar("Given", bound=StrictSerializer)


def shown(transactions: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Transactions with what their serializer shows, in a flat number of queries."""
    return transactions.select_related("card", "bucket", "parent").prefetch_related(
        "allocations__bucket"
    )


class VerbMixin(OwnRows):
    """Actions that call a verb of the ledger. `?dry_run=true` writes nothing."""

    def known_parameters(self) -> set[str]:
        """A list's own parameters, or a verb's `dry_run`."""
        if self.request.method == "POST":
            return {"dry_run"}
        return super().known_parameters()

    @property
    def dry_run(self) -> bool:
        """Whether the caller only wants to see what would happen.

        :raises BadInput: if the parameter is neither true nor false.
        """
        text = self.request.query_params.get("dry_run", "false")
        if text not in ("true", "false"):
            raise BadInput(f'"{text}" is neither true nor false.', field="dry_run")
        return text == "true"

    def given(self, serializer: type[Given]) -> Given:
        """The body of the request, checked by the verb's serializer."""
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given

    def call(self, verb: Verb, *, given: CauseSerializer, **arguments: Any) -> Response:
        """Call the verb with the caller as its actor, and answer with what it wrote."""
        arguments |= {
            **given.arguments(),
            "cause": given.cause(actor=self.actor),
            "now": self.now,
        }
        answer = self._do(verb, **arguments)
        if isinstance(answer, Transaction):
            return self._answer(answer)
        return Response(
            {"results": self._show(answer)}, status=200 if self.dry_run else 201
        )

    def _do(self, verb: Verb, **arguments: Any) -> Any:
        if self.dry_run:
            return ledger.preview(verb, **arguments)
        return verb(**arguments)

    def _answer(self, transaction: Transaction) -> Response:
        (shown_,) = self._show([transaction])
        if self.dry_run:
            return Response(shown_)
        location = reverse("transaction-detail", args=[transaction.uuid])
        return Response(
            shown_,
            status=201,
            headers={"Location": self.request.build_absolute_uri(location)},
        )

    def _show(self, transactions: Sequence[Transaction]) -> Any:
        """What was written, read again; of a preview, what it would have been."""
        if self.dry_run:
            for each in transactions:
                # Nothing was written, so nothing can be looked up.
                each._prefetched_objects_cache = {"allocations": []}  # type: ignore[attr-defined]  # Django's own
            return TransactionSerializer(transactions, many=True).data
        pks = [each.pk for each in transactions]
        rows = shown(Transaction.objects.filter(pk__in=pks)).order_by("pk")
        return TransactionSerializer(rows, many=True).data
