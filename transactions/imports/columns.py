"""The form of the file: its columns, and which of them each kind of line uses."""

from collections.abc import Sequence
from enum import StrEnum

from transactions.imports.refusals import UnreadableFile


class Kind(StrEnum):
    """What a line books: the verb of the ledger that it stands for."""

    EARN = "earn"
    REFUND = "refund"
    SPEND = "spend"
    CREDIT = "credit"
    DEBIT = "debit"


# Every line has a value in these.
REQUIRED = ("reference", "member", "time", "kind")
# Every line may have a value in these.
COMMON = ("currency", "reason")
# Only lines of some kinds may have a value in these ...
BY_KIND = {
    Kind.EARN: ("amount", "order", "points", "activates_at", "expires_at"),
    Kind.REFUND: ("amount", "order", "points"),
    Kind.SPEND: ("order", "points"),
    Kind.CREDIT: ("points", "activates_at", "expires_at"),
    Kind.DEBIT: ("points",),
}
# ... and must have one in these.
NEEDED = {
    Kind.EARN: (),
    Kind.REFUND: ("order",),
    Kind.SPEND: ("points",),
    Kind.CREDIT: ("points",),
    Kind.DEBIT: ("points",),
}
OPTIONAL = (*COMMON, *BY_KIND[Kind.EARN])
COLUMNS = (*REQUIRED, *OPTIONAL)
# What an error file adds. Ignored, so that a corrected error file can be imported.
ERROR_COLUMNS = ("error_line", "error_key", "error_message")


def check_header(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, in the file's own order.

    :raises UnreadableFile: naming the columns that are unknown, missing or twice there.
    """
    names = tuple(cell.strip().lower() for cell in cells)
    known = {*COLUMNS, *ERROR_COLUMNS}
    if unknown := [
        cell for cell, name in zip(cells, names, strict=True) if name not in known
    ]:
        hint = ""
        if len(names) == 1 and any(sign in names[0] for sign in ";\t|"):
            hint = " Separate the columns with commas."
        raise UnreadableFile(
            f"Unknown column: {', '.join(map(repr, unknown))}.{hint} "
            f"The columns are {', '.join(COLUMNS)}."
        )
    if missing := [name for name in REQUIRED if name not in names]:
        raise UnreadableFile(f"Missing column: {', '.join(missing)}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableFile(f"Column given twice: {', '.join(twice)}.")
    return names
