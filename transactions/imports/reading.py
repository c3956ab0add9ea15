"""Reading a file: its encoding, its header, and one row after the other."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from django.utils.translation import gettext_noop as _

from transactions.imports.columns import ERROR_COLUMNS, TRANSACTIONS, Form
from transactions.imports.refusals import (
    InvalidValue,
    UnreadableFile,
    UnreadableLine,
)
from transactions.spreadsheets import plain

CHUNK = 1 << 16
# No line of a sensible file comes near; one that does would have to fit in memory.
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record of the file, as it stands there.

    number: of the line of the file on which it begins.
    problem: why it could not be read; empty if it could.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""

    def by_column(
        self, header: Sequence[str], *, longest: Mapping[str, int]
    ) -> dict[str, str]:
        """The cells by the names of their columns, without spaces around them.

        :param longest: how many characters a column may have, where that is limited.
        :raises BadInput: if the row could not be read, or on a column that is too long.
        """
        if self.problem:
            raise UnreadableLine(self.problem)
        cells = {
            name: cell.strip() for name, cell in zip(header, self.cells, strict=True)
        }
        for column, most in longest.items():
            if len(cells.get(column, "")) > most:
                raise InvalidValue(
                    f"{column} is longer than {most:,} characters.", field=column
                )
        return cells


@dataclass(kw_only=True)
class _Place:
    """How far a file has been read."""

    position: int
    line: int


class CsvFile:
    """The rows of a CSV file in UTF-8, from its header on or from further down.

    Reads as it goes and keeps no row, so a file of any length needs the same memory.
    With its `header`, `position` and `line` another reader goes on where it stopped.

    chunks: the bytes of the file from `position` on, checked by `check_text`.

    :raises UnreadableFile: if the header is not in order.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        form: Form,
        header: Sequence[str] = (),
        position: int = 0,
        line: int = 0,
    ) -> None:
        self._place = _Place(position=position, line=line)
        self._reader = csv.reader(_texts(chunks, place=self._place), strict=True)
        self.header = tuple(header) or form.check(self._read_header())
        # An error file that comes back has apostrophes that are not its reader's.
        self._corrected = not set(ERROR_COLUMNS).isdisjoint(self.header)

    @property
    def position(self) -> int:
        """How many bytes of the file the rows so far have taken."""
        return self._place.position

    @property
    def line(self) -> int:
        """How many lines of the file the rows so far have taken."""
        return self._place.line

    def rows(self) -> Iterator[Row]:
        """The rows under the header; blank lines are left out."""
        while True:
            number = self.line + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = f"The line is not CSV: {error}."
                yield Row(number=number, cells=(), problem=problem)
                continue
            if _is_blank(cells):
                continue
            if self._corrected:
                cells = [plain(cell) for cell in cells]
            yield Row(number=number, cells=tuple(cells), problem=self._misfit(cells))

    def _read_header(self) -> list[str]:
        try:
            for cells in self._reader:
                if not _is_blank(cells):
                    return cells
        except csv.Error as error:
            raise UnreadableFile(
                _("The header is not CSV: %(problem)s."), values={"problem": str(error)}
            ) from error
        raise UnreadableFile(_("The file is empty."))

    def _misfit(self, cells: list[str]) -> str:
        # A line that lacks its end may lack the end of a number.
        if len(cells) == len(self.header):
            return ""
        return f"The line has {len(cells)} values, the header {len(self.header)}."


class TransactionsFile(CsvFile):
    """A CSV file of transactions, open for reading; a context manager.

    :raises UnreadableFile: if it is not UTF-8, or its header is not in order.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._binary = _open(path)
        try:
            self.size = check_text(_chunks(self._binary))
            self._binary.seek(0)
            super().__init__(_chunks(self._binary), form=TRANSACTIONS)
        except BaseException:
            self._binary.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._binary.close()


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines with their ends, which may be of any kind.

    :raises UnreadableFile: if one is longer than any line of a sensible file.
    """
    number, rest = 1, b""
    for chunk in chunks:
        # The last one stays: it may go on, or have half of its line end so far.
        *whole, rest = (rest + chunk).splitlines(keepends=True) or [b""]
        yield from whole
        number += len(whole)
        if len(rest) > LONGEST_LINE:
            raise UnreadableFile(
                _(
                    "Line %(line)s is longer than %(most)s characters. "
                    "Is this a CSV file?"
                ),
                values={"line": number, "most": LONGEST_LINE},
            )
    if rest:
        yield rest


def _texts(chunks: Iterable[bytes], *, place: _Place) -> Iterator[str]:
    """The lines as text. Knows the place alone, so that no cycle keeps the reader."""
    for line in lines_of(chunks):
        encoding = "utf-8" if place.position else "utf-8-sig"
        place.position += len(line)
        place.line += 1
        yield line.decode(encoding)


def check_text(chunks: Iterable[bytes]) -> int:
    """Read the file once, so that none is booked in part; answers its size.

    :raises UnreadableFile: if it is not UTF-8 text in lines.
    """
    size = 0
    for number, line in enumerate(lines_of(chunks), 1):
        size += len(line)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise _wrong_encoding(number) from error
        if "\0" in text:
            raise _wrong_encoding(number)
    return size


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableFile(
            _("%(path)s cannot be read: %(problem)s."),
            values={"path": str(path), "problem": error.strerror},
        ) from error


def _chunks(binary: BinaryIO) -> Iterator[bytes]:
    return iter(partial(binary.read, CHUNK), b"")


def _wrong_encoding(line: int) -> UnreadableFile:
    return UnreadableFile(
        _("Line %(line)s is not UTF-8 text. Save the file as CSV in UTF-8."),
        values={"line": line},
    )


def _is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)
