"""From the cells of a row to a line: checked values that a verb can be called with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from transactions.imports.columns import BY_KIND, COMMON, NEEDED, OPTIONAL, Kind
from transactions.imports.reading import Row
from transactions.imports.refusals import (
    InvalidValue,
    MissingValue,
    UnusedValue,
)

# The ledger says which numbers make sense; this only keeps out what is no number.
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
DATE_ONLY = re.compile(
    r"[0-9]{4}-?(?:[0-9]{2}-?[0-9]{2}|[0-9]{3}|W[0-9]{2}(?:-?[0-9])?)"
)
LONGEST = {"reference": 200, "member": 200, "order": 200, "reason": 500}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event of the file. Empty cells are None, or an empty text."""

    reference: str
    member: str
    at: datetime
    kind: Kind
    amount: int | None = None
    currency: str = ""
    order: str = ""
    points: int | None = None
    activates_at: datetime | None = None
    expires_at: datetime | None = None
    reason: str = ""


def parse(row: Row, *, header: Sequence[str], zone: ZoneInfo) -> Line:
    """Make a line of a row, or refuse it.

    zone: in which a time without an offset is read.

    :raises BadInput: naming the column at fault as its field.
    """
    cells = row.by_column(header, longest=LONGEST)
    kind = _kind(_needed(cells, "kind"))
    _check_use(cells, kind=kind)
    reference = _needed(cells, "reference")
    default_order = reference if kind is Kind.EARN else ""
    return Line(
        reference=reference,
        member=_needed(cells, "member"),
        at=_moment(_needed(cells, "time"), field="time", zone=zone),
        kind=kind,
        currency=cells.get("currency", "").upper(),
        order=cells.get("order", "") or default_order,
        reason=cells.get("reason", ""),
        **_numbers(cells),
        **_moments(cells, zone=zone),
    )


def _needed(cells: Mapping[str, str], column: str) -> str:
    if not cells.get(column):
        raise MissingValue(f"{column} is empty.", field=column)
    return cells[column]


def _kind(text: str) -> Kind:
    try:
        return Kind(text.lower())
    except ValueError as error:
        raise InvalidValue(
            f"{text!r} is not a kind: use {', '.join(Kind)}.", field="kind"
        ) from error


def _check_use(cells: Mapping[str, str], *, kind: Kind) -> None:
    """A value that would be ignored is a misunderstanding, and so is refused."""
    for column in NEEDED[kind]:
        if not cells.get(column):
            raise MissingValue(f"A {kind} needs {column}.", field=column)
    for column in OPTIONAL:
        if cells.get(column) and column not in (*COMMON, *BY_KIND[kind]):
            raise UnusedValue(f"A {kind} has no {column}.", field=column)


def _numbers(cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        column: _whole_number(cells[column], field=column)
        for column in ("amount", "points")
        if cells.get(column)
    }


def _moments(cells: Mapping[str, str], *, zone: ZoneInfo) -> dict[str, Any]:
    return {
        column: _moment(cells[column], field=column, zone=zone)
        for column in ("activates_at", "expires_at")
        if cells.get(column)
    }


def _whole_number(text: str, *, field: str) -> int:
    if WHOLE_NUMBER.fullmatch(text):
        return int(text)
    hint = " Money is in minor units: 12.50 is 1250." if field == "amount" else ""
    raise InvalidValue(f"{_short(text)} is not a whole number.{hint}", field=field)


def _moment(text: str, *, field: str, zone: ZoneInfo) -> datetime:
    """An aware UTC moment. Of a local time that comes twice the first is meant."""
    try:
        if DATE_ONLY.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        in_utc = moment.replace(tzinfo=zone).astimezone(UTC)
        exists = in_utc.astimezone(zone).replace(tzinfo=None) == moment
    except (ValueError, OverflowError) as error:
        raise InvalidValue(
            f"{_short(text)} is not a time such as 2025-06-10T15:00:00+01:00.",
            field=field,
        ) from error
    if not exists:
        raise InvalidValue(f"The clocks of {zone.key} skip {text}.", field=field)
    return in_utc


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
