"""What an import says no with, beside what the ledger refuses."""

from loyalty.errors import BadInput, NotFound


class UnreadableFile(BadInput):
    """The file cannot be imported at all; nothing of it was booked."""

    key = "unreadable_file"


class UnreadableLine(BadInput):
    """The line is not CSV, or has not as many values as the header."""

    key = "unreadable_line"


class MissingValue(BadInput):
    """A line of this kind needs a value in this column."""

    key = "missing_value"


class UnusedValue(BadInput):
    """A line of this kind has no use for a value in this column."""

    key = "unused_value"


class InvalidValue(BadInput):
    """The value is not of the column's form."""

    key = "invalid_value"


class UnknownMember(NotFound):
    """The unit has no member of this external id or identity."""

    key = "unknown_member"


class NoCard(NotFound):
    """The member has no card of the definition."""

    key = "no_card"
