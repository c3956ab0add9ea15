"""The error file: each line that failed, and why, ready to be corrected."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from loyalty.errors import Refusal
from transactions.imports.columns import ERROR_COLUMNS
from transactions.imports.reading import Row
from transactions.spreadsheets import neutral

# Where the ledger has another word for what stands in a column.
COLUMN_OF = {
    "occurred_at": "time",
    "valid_from": "activates_at",
    "valid_to": "expires_at",
    "order_reference": "order",
    "code": "card_number",
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a line failed. Not the exception itself: that would keep its frames alive.

    column: which is at fault; empty if none is alone.
    """

    row: Row
    column: str
    key: str
    message: str

    @classmethod
    def of(cls, row: Row, refusal: Refusal, *, header: Sequence[str]) -> Self:
        """What an error file says of a refusal."""
        named = refusal.field or ""
        column = COLUMN_OF.get(named, named)
        return cls(
            row=row,
            column=column if column in header else "",
            key=refusal.key,
            message=refusal.message,
        )


class FailureWriter:
    """Writes lines that failed as CSV.

    header: of the file that they stood in.
    begins: whether the output is new, and wants the names of the columns first.
    """

    def __init__(
        self, output: TextIO, *, header: Sequence[str], begins: bool = True
    ) -> None:
        kept = [place for place, name in enumerate(header) if name not in ERROR_COLUMNS]
        self._kept = kept
        self._writer = csv.writer(output)
        if begins:
            self._writer.writerow([*(header[place] for place in kept), *ERROR_COLUMNS])

    def add(self, failure: Failure) -> None:
        """Write one line that failed."""
        # A line with too few values gets empty ones, one with too many loses them.
        cells = [failure.row.cells[place : place + 1] for place in self._kept]
        self._writer.writerow(
            [
                *(neutral(cell[0]) if cell else "" for cell in cells),
                failure.row.number,
                failure.column,
                failure.key,
                neutral(failure.message),
            ]
        )


class FailureFile:
    """A CSV file of the lines that failed; a context manager.

    Made at the beginning, so that one that cannot be written stops the import before
    it has booked anything; taken away at the end if no line failed.

    :raises OSError: if it cannot be written.
    """

    def __init__(self, path: Path, *, header: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        # The byte order mark tells spreadsheets that this is UTF-8.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = FailureWriter(self._file, header=header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self.count:
            self.path.unlink()

    def add(self, failure: Failure) -> None:
        """Write one line that failed."""
        self._writer.add(failure)
        self.count += 1

    def flush(self) -> None:
        """Let others see what has been written."""
        self._file.flush()
