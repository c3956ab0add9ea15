"""The forms of the files: their columns, and which of them each kind of line uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_noop as _

from transactions.imports.refusals import UnreadableFile

# Of unknown columns: a file that is no CSV may have thousands.
MOST_NAMED = 10


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
# What an error file adds. Ignored, so that a corrected error file can be imported.
ERROR_COLUMNS = ("error_line", "error_column", "error_key", "error_message")


@dataclass(frozen=True, kw_only=True)
class Form:
    """The columns that a kind of file may have, and those that it must have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, as a template lists them."""
        return (*self.required, *self.optional)

    def check(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The names of the columns, in the file's own order.

        :raises UnreadableFile: naming columns that are unknown, missing or twice there.
        """
        names = tuple(cell.strip().lower() for cell in cells)
        known = {*self.columns, *ERROR_COLUMNS}
        if unknown := [
            cell for cell, name in zip(cells, names, strict=True) if name not in known
        ]:
            sentence = _("Unknown column: %(listed)s. The columns are %(columns)s.")
            if len(names) == 1 and any(sign in names[0] for sign in ";\t|"):
                sentence = _(
                    "Unknown column: %(listed)s. Separate the columns with commas. "
                    "The columns are %(columns)s."
                )
            listed = ", ".join(_short(cell) for cell in unknown[:MOST_NAMED])
            raise UnreadableFile(
                sentence,
                values={"listed": listed, "columns": ", ".join(self.columns)},
            )
        if missing := [name for name in self.required if name not in names]:
            raise UnreadableFile(
                _("Missing column: %(columns)s."),
                values={"columns": ", ".join(missing)},
            )
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UnreadableFile(
                _("Column given twice: %(columns)s."),
                values={"columns": ", ".join(twice)},
            )
        return names


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:40] + "...")


TRANSACTIONS = Form(required=REQUIRED, optional=OPTIONAL)
MEMBERS = Form(
    required=("external_id",),
    optional=("name", "email", "phone", "card_number", "metadata"),
)
