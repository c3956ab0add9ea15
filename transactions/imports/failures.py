"""The error file: each line that failed, and why, ready to be corrected."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from loyalty.errors import Refusal
from transactions.imports.columns import ERROR_COLUMNS
from transactions.imports.reading import Row

# What a spreadsheet takes for the beginning of a formula.
FORMULA = re.compile(r"[=+\-@\t\r\n]")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a line failed. Not the exception itself: that would keep its frames alive."""

    row: Row
    key: str
    message: str

    @classmethod
    def of(cls, row: Row, refusal: Refusal) -> Self:
        """What an error file says of a refusal."""
        return cls(row=row, key=refusal.key, message=refusal.message)


class FailureFile:
    """A CSV file of the lines that failed; a context manager.

    Made at the beginning, so that one that cannot be written stops the import before
    it has booked anything; taken away at the end if no line failed.

    :raises OSError: if it cannot be written.
    """

    def __init__(self, path: Path, *, header: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        kept = [place for place, name in enumerate(header) if name not in ERROR_COLUMNS]
        self._kept = kept
        # The byte order mark tells spreadsheets that this is UTF-8.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([*(header[place] for place in kept), *ERROR_COLUMNS])

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
        # A line with too few values gets empty ones, one with too many loses them.
        cells = [failure.row.cells[place : place + 1] for place in self._kept]
        self._writer.writerow(
            [
                *(neutral(cell[0]) if cell else "" for cell in cells),
                failure.row.number,
                failure.key,
                neutral(failure.message),
            ]
        )
        self.count += 1

    def flush(self) -> None:
        """Let others see what has been written."""
        self._file.flush()


def neutral(cell: str) -> str:
    """The text, with an apostrophe where a spreadsheet would see a formula."""
    if FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell
