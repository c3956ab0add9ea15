"""Lists as Voucherify gives them: by pages whose cursor is bound to its query."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.pagination import beyond, limit_of, nulls_last, value_of, with_id
from loyalty.doors.voucherify.filters import (
    Filter,
    InvalidQuery,
    condition,
    is_filter,
)
from loyalty.doors.voucherify.shown import moment
from loyalty.errors import BadInput

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
LIFETIME = timedelta(hours=24)
# One field, or several as an array, as in filters.
ORDER = re.compile(r"order(?:\[\d{0,3}\])?\Z")


class BadCursor(BadInput):
    """The cursor was not made by this list, or too long ago (400)."""

    key = "invalid_or_expired_cursor"
    default_message = "The cursor is not one of this list, or has expired."


class OtherQuery(BadInput):
    """The cursor was made for another ordering or for other filters (400)."""

    key = "cursor_and_query_mismatch"
    default_message = "The cursor belongs to another query: repeat that one with it."


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows of one page, and where the next one begins."""

    rows: list[Any]
    cursor: Mapping[str, Any] | None

    def answer(self, data: Sequence[Mapping[str, Any]]) -> Response:
        """The page in Voucherify's shape; `data` shows its rows."""
        return Response({"object": "list", "data": data, "cursor": self.cursor})


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How one list may be ordered and filtered.

    order: its fields, and the columns or annotations of the rows they stand for.
    default: what it is ordered by if nothing is asked; `-` means descending.

    The rows have a `uuid`: by it a cursor names the last row of a page, together with
    what the page was ordered by, so the next page is found even if that row has left
    the list since.
    """

    cursor_prefix: str
    order: Mapping[str, str]
    default: str
    filters: Mapping[str, Filter]

    def page(self, request: Request, queryset: QuerySet[Any]) -> Page:
        """The page of the rows that the query asks for.

        :raises InvalidQuery: if a parameter is unknown, or its value cannot be used.
        :raises BadCursor, OtherQuery: if the cursor is not one for this query.
        """
        self._check_names(request)
        limit = _limit(request)
        names = self._order(request)
        now = timezone.now()
        rows = queryset.filter(condition(request.query_params, self.filters, now=now))
        ordering = with_id([_signed(self.order, name) for name in names])
        query = _digest(request, names)
        if (text := request.query_params.get("cursor")) is not None:
            position = self._read(text, query=query, model=queryset.model)
            rows = rows.filter(beyond(ordering, position))
        found = list(rows.order_by(*nulls_last(ordering))[: limit + 1])
        more = len(found) > limit
        last = found[limit - 1] if more else None
        return Page(
            rows=found[:limit],
            cursor=last and self._cursor(last, ordering, query=query, now=now),
        )

    def _check_names(self, request: Request) -> None:
        for name in request.query_params:
            known = name in ("limit", "cursor") or ORDER.match(name) or is_filter(name)
            if not known:
                raise InvalidQuery("This parameter is not known here.", field=name)

    def _order(self, request: Request) -> list[str]:
        parameters = request.query_params
        names = [
            str(name)
            for key, values in parameters.lists()
            if ORDER.match(key)
            for name in values
        ]
        fields = [name.removeprefix("-") for name in names]
        for field in fields:
            if field not in self.order:
                known = ", ".join(self.order)
                raise InvalidQuery(f"The order is by {known}.", field="order")
            if fields.count(field) > 1:
                raise InvalidQuery(f"{field} is there twice.", field="order")
        return names or [self.default]

    def _cursor(
        self, row: Any, ordering: Sequence[str], *, query: str, now: datetime
    ) -> Mapping[str, Any]:
        position = [_written(value_of(row, name)) for name in ordering[:-1]]
        text = signing.dumps([query, row.uuid.hex, position], salt=self.cursor_prefix)
        return {
            # In hexadecimal, since Voucherify promises no other signs.
            "next": f"{self.cursor_prefix}{text.encode().hex()}",
            "expires_at": moment(now + LIFETIME),
        }

    def _read(self, text: str, *, query: str, model: Any) -> list[Any]:
        """The position after which the page begins."""
        if not text.startswith(self.cursor_prefix):
            raise BadCursor(field="cursor")
        digits = text.removeprefix(self.cursor_prefix)
        try:
            made_for, uuid, position = signing.loads(
                bytes.fromhex(digits).decode(),
                salt=self.cursor_prefix,
                max_age=LIFETIME,
            )
        except (signing.BadSignature, ValueError) as error:
            raise BadCursor(field="cursor") from error
        if made_for != query:
            raise OtherQuery(field="cursor")
        edge = model.objects.filter(uuid=uuid).values_list("pk", flat=True).first()
        if edge is None:
            raise BadCursor(field="cursor")
        return [*position, edge]


def _limit(request: Request) -> int:
    try:
        return limit_of(request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
    except BadInput as error:
        raise InvalidQuery(error.message, field="limit") from error


def _signed(columns: Mapping[str, str], name: str) -> str:
    sign = "-" if name.startswith("-") else ""
    return sign + columns[name.removeprefix("-")]


def _digest(request: Request, names: Sequence[str]) -> str:
    """What a cursor is bound to: the list, its order and its filters."""
    filters = sorted(
        (name, texts) for name, texts in request.query_params.lists() if is_filter(name)
    )
    text = json.dumps([request.path, names, filters])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _written(value: Any) -> Any:
    """A column's value as a cursor can keep it, and a condition takes it back."""
    return value.isoformat() if isinstance(value, datetime) else value
