"""Pages of a list by its keys: as quick on the last page as on the first, uncounted."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from loyalty.errors import BadInput


class InvalidCursor(BadInput):
    """The cursor was not made by this list, or by another ordering of it (400)."""

    key = "invalid_cursor"
    default_message = "This cursor does not belong to this list."


class KeysetPagination(BasePagination):
    """`limit` rows from where `cursor` stands, in the list's ordering.

    The cursor names the row at the edge of the page, so the next page begins where an
    index says. The ordering always ends with the id, which
    makes it unique. Empty values come last in either direction.
    """

    default_limit = 50
    max_limit = 250

    def paginate_queryset(  # type: ignore[override]  # of a queryset only
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of one page; remembers whether there are more on either side."""
        self.request = request
        self.limit = limit_of(request, default=self.default_limit, most=self.max_limit)
        self.ordering = with_id(queryset.query.order_by)
        cursor = _decode(request.query_params.get("cursor"), self.ordering)
        backwards = cursor is not None and cursor[1]
        ordering = [_reversed(name) for name in self.ordering] if backwards else []
        rows = queryset.order_by(
            *nulls_last(ordering or self.ordering, backwards=backwards)
        )
        if cursor:
            # Among all of the caller's rows: since the last page it may have left the
            # filter, as a bucket that was pending then.
            own = queryset if view is None else view.get_queryset()
            edge = _row(own, cursor[0])
            position = [value_of(edge, name) for name in self.ordering]
            rows = rows.filter(beyond(self.ordering, position, backwards=backwards))
        page = list(rows[: self.limit + 1])
        more = len(page) > self.limit
        page = page[: self.limit]
        if backwards:
            page.reverse()
        self.has_next = more if not backwards else True
        self.has_previous = more if backwards else cursor is not None
        self.page = page
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """DRF's usual shape, without a count."""
        return Response(
            {
                "next": self._link(-1, backwards=False) if self.has_next else None,
                "previous": self._link(0, backwards=True)
                if self.has_previous
                else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape above, for the OpenAPI document."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two query parameters, for the OpenAPI document."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where the page begins: take it from `next`.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "Rows on a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_limit,
                    "default": self.default_limit,
                },
            },
        ]

    def _link(self, edge: int, *, backwards: bool) -> str | None:
        if not self.page:
            return None
        row = self.page[edge]
        key = getattr(row, _key_name(type(row)))
        text = json.dumps([self.ordering, key, backwards], default=str)
        encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return replace_query_param(self.request.build_absolute_uri(), "cursor", encoded)


def limit_of(request: Request, *, default: int, most: int) -> int:
    """How many rows `?limit=` wants on a page.

    :raises BadInput: if that is no number from 1 to `most`.
    """
    text = request.query_params.get("limit", str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise BadInput(f'"{text}" is not a whole number.', field="limit")
    if not 1 <= int(text) <= most:
        raise BadInput(f"limit is from 1 to {most}.", field="limit")
    return int(text)


def with_id(ordering: Sequence[Any]) -> list[str]:
    """The ordering made unique: the id comes last, the newest first by default."""
    names = [str(name) for name in ordering]
    if not names:
        return ["-id"]
    if names[-1].lstrip("-") != "id":
        names.append("-id" if names[-1].startswith("-") else "id")
    return names


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def nulls_last(ordering: Sequence[str], *, backwards: bool = False) -> list[Any]:
    """The ordering with empty values last, or first when the list runs backwards."""
    expressions = []
    for name in ordering:
        column = F(name.lstrip("-"))
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        if name.lstrip("-") == "id":
            nulls = {}
        descending = name.startswith("-")
        expressions.append(column.desc(**nulls) if descending else column.asc(**nulls))
    return expressions


def beyond(
    ordering: Sequence[str], position: Sequence[Any], *, backwards: bool = False
) -> Q:
    """The rows that come after the position in the ordering (before it: backwards)."""
    condition = Q()
    same = Q()
    for name, value in zip(ordering, position, strict=True):
        column = name.lstrip("-")
        condition |= same & _after(column, value, name.startswith("-"), backwards)
        same &= (
            Q(**{f"{column}__isnull": True}) if value is None else Q(**{column: value})
        )
    return condition


def _after(column: str, value: Any, descending: bool, backwards: bool) -> Q:
    empty = Q(**{f"{column}__isnull": True})
    if value is None:
        return ~empty if backwards else Q(pk__in=[])
    beyond = Q(**{f"{column}__{'lt' if descending != backwards else 'gt'}": value})
    return beyond if backwards or column == "id" else beyond | empty


def value_of(row: Model, name: str) -> Any:
    """The row's value of a name of an ordering; `__` follows a relation."""
    for part in name.lstrip("-").split("__"):
        row = getattr(row, part)
    return row


def _decode(text: str | None, ordering: Sequence[str]) -> tuple[str, bool] | None:
    """The edge row's key and the direction; None on the first page.

    :raises InvalidCursor: if it is no cursor, or one of another ordering.
    """
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        order, key, backwards = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (
        binascii.Error,
        UnicodeError,
        ValueError,
        TypeError,
        RecursionError,
    ) as error:
        raise InvalidCursor(field="cursor") from error
    if order != list(ordering) or not isinstance(key, str | int):
        raise InvalidCursor(field="cursor")
    return str(key), bool(backwards)


def _row(queryset: QuerySet[Any], key: str) -> Any:
    """The row at the edge, among those of the list.

    :raises InvalidCursor: if it is not one of them.
    """
    try:
        rows = queryset.prefetch_related(None).order_by()
        row = rows.filter(**{_key_name(queryset.model): key}).first()
    except (ValidationError, ValueError, OverflowError) as error:
        raise InvalidCursor(field="cursor") from error
    if row is None:
        raise InvalidCursor(field="cursor")
    return row


def _key_name(model: type[Model]) -> str:
    """What a cursor names a row by: its uuid, because ids could be counted."""
    return "uuid" if hasattr(model, "uuid") else "id"
