"""Reading the file: its encoding, its header, and one row after the other."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from transactions.imports.columns import check_header
from transactions.imports.refusals import UnreadableFile

CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record of the file, as it stands there.

    number: of the line of the file on which it begins.
    problem: why it could not be read; empty if it could.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""


class TransactionsFile:
    """A CSV file of transactions, open for reading; a context manager.

    Reads as it goes and keeps no row, so a file of any length needs the same memory.

    :raises UnreadableFile: if it is not UTF-8, or its header is not in order.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._binary = _open(path)
        try:
            self.size = _check_encoding(self._binary)
            self._binary.seek(0)
            text = io.TextIOWrapper(self._binary, encoding="utf-8-sig", newline="")
            self._reader = csv.reader(text, strict=True)
            self.header = check_header(self._read_header())
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

    @property
    def bytes_read(self) -> int:
        """How far the file has been read."""
        return self._binary.tell()

    def rows(self) -> Iterator[Row]:
        """The rows under the header; blank lines are left out."""
        while True:
            number = self._reader.line_num + 1
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
            yield Row(number=number, cells=tuple(cells), problem=self._misfit(cells))

    def _read_header(self) -> list[str]:
        try:
            for cells in self._reader:
                if not _is_blank(cells):
                    return cells
        except csv.Error as error:
            raise UnreadableFile(f"The header is not CSV: {error}.") from error
        raise UnreadableFile("The file is empty.")

    def _misfit(self, cells: list[str]) -> str:
        # A line that lacks its end may lack the end of a number.
        if len(cells) == len(self.header):
            return ""
        return f"The line has {len(cells)} values, the header {len(self.header)}."


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error


def _check_encoding(binary: BinaryIO) -> int:
    """Read the file once, so that none is booked in part; answers its size.

    :raises UnreadableFile: if it is not UTF-8 text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, line = 0, 1
    for chunk in iter(partial(binary.read, CHUNK), b""):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise _wrong_encoding(line) from error
        if b"\0" in chunk:
            raise _wrong_encoding(line + chunk[: chunk.index(b"\0")].count(b"\n"))
        size += len(chunk)
        line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(line) from error
    return size


def _wrong_encoding(line: int) -> UnreadableFile:
    return UnreadableFile(
        f"Line {line} is not UTF-8 text. Save the file as CSV in UTF-8."
    )


def _is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)
