"""Pages of an export: how its rows become CSV, at once or piece by piece."""

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from transactions.exports.asking import Ask
from transactions.spreadsheets import neutral

PAGE = 1_000
# So many rows are told while somebody waits; more are a job's work.
SHORT = 10_000
# It tells spreadsheets that the file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


class Export(ABC):
    """A kind of file: its columns, and the rows behind it."""

    columns: ClassVar[tuple[str, ...]]
    # Whether it is told in one go, as what it says must be true at one moment.
    whole: ClassVar[bool] = False

    @abstractmethod
    def rows(self, ask: Ask) -> QuerySet[Any]:
        """The rows it is made of, in no order."""

    @abstractmethod
    def cells(self, ask: Ask, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
        """The values of each line; of a whole file, of all lines."""

    def fetch(self, rows: QuerySet[Any]) -> Sequence[Any]:
        """One page of the rows, as `cells` wants them."""
        return list(rows)

    def key(self, row: Any) -> int:
        """The primary key of a row that was fetched."""
        assert isinstance(row, Model)
        return int(row.pk)


class ColumnExport(Export):
    """A file whose values all stand in columns that a query can name.

    paths: by the name of the column in the file.
    """

    paths: ClassVar[dict[str, str]]

    def fetch(self, rows: QuerySet[Any]) -> Sequence[Any]:
        return list(rows.values_list("pk", *self.paths.values()))

    def key(self, row: Any) -> int:
        return int(row[0])

    def cells(self, ask: Ask, rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
        return (row[1:] for row in rows)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A piece of the file. `position` is where the next one begins."""

    content: bytes
    position: int
    lines: int
    finished: bool


def is_long(export: Export, ask: Ask) -> bool:
    """Whether it has more rows than somebody should wait for. Counts no further."""
    return export.rows(ask).order_by()[: SHORT + 1].count() > SHORT


def page(export: Export, ask: Ask, *, position: int) -> Page:
    """The next piece of the file; the first has the names of the columns as well."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    if not position:
        output.write(BYTE_ORDER_MARK)
        writer.writerow(export.columns)
    rows: Sequence[Any] = []
    if not export.whole:
        ahead = export.rows(ask).filter(pk__gt=position).order_by("pk")[:PAGE]
        rows = export.fetch(ahead)
    lines = 0
    for values in export.cells(ask, rows):
        writer.writerow([cell(value, zone=ask.zone) for value in values])
        lines += 1
    return Page(
        content=output.getvalue().encode(),
        position=export.key(rows[-1]) if rows else position,
        lines=lines,
        finished=export.whole or len(rows) < PAGE,
    )


def stream(export: Export, ask: Ask) -> Iterator[bytes]:
    """The whole file, a page at a time."""
    position, finished = 0, False
    while not finished:
        piece = page(export, ask, position=position)
        position, finished = piece.position, piece.finished
        yield piece.content


def cell(value: Any, *, zone: ZoneInfo) -> str:
    """A value as text: moments in ISO 8601 with the zone's offset, no formulas."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return neutral(json.dumps(value, ensure_ascii=False)) if value else ""
    return neutral(str(value))
