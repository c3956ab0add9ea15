"""The pages of Eagle Eye's lists: so many rows from an offset on, counted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from loyalty.api.pagination import limit_of
from loyalty.errors import BadInput

DEFAULT_LIMIT, MOST = 20, 250
PARAMETERS = ("limit", "offset", "orderBy")


def page(
    rows: QuerySet[Any] | Sequence[Any],
    request: Request,
    *,
    order_by: str,
    show: Callable[[Iterable[Any]], Any],
    filters: Sequence[Any] = (),
) -> dict[str, Any]:
    """One page of a list.

    rows: in their order, of which `order_by` is Eagle Eye's word, for example
    "dateCreated,ASC"; show: the JSON of some of them; filters: what they were
    filtered by.
    :raises BadInput: if `limit` or `offset` is no number that there can be.
    """
    limit = limit_of(request, default=DEFAULT_LIMIT, most=MOST)
    offset = _offset(request.query_params.get("offset", "0"))
    name, order = order_by.split(",")
    return {
        "total": rows.count() if isinstance(rows, QuerySet) else len(rows),
        "limit": limit,
        "offset": offset,
        "orderBy": [{"name": name, "order": order}],
        "filter": list(filters),
        "results": show(rows[offset : offset + limit]),
    }


def order_of(request: Request, name: str, *, default: str) -> str:
    """The order that `?orderBy=` wants: by `name`, ASC or DESC; `default` without one.

    :raises BadInput: if the list has no such order.
    """
    orders = {f"{name},{order}": order for order in ("ASC", "DESC")}
    asked = request.query_params.get("orderBy", f"{name},{default}")
    if asked not in orders:
        raise BadInput(f"Write one of {' or '.join(orders)}.", field="orderBy")
    return orders[asked]


def filters_of(request: Request, *known: str) -> list[dict[str, Any]]:
    """What a list is filtered by: its query parameters, apart from the page's.

    :raises BadInput: if the list has no filter of such a name; none is left unheeded.
    """
    names = sorted(set(request.query_params) - set(PARAMETERS))
    for name in names:
        if name not in known:
            raise BadInput("There is no such parameter.", field=name)
    return [
        {"name": name, "value": request.query_params.getlist(name)} for name in names
    ]


def _offset(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadInput(f'"{text}" is not a whole number.', field="offset")
    return int(text)
