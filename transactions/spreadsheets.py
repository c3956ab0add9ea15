"""What spreadsheets make of the cells of a CSV file."""

import re

# What a spreadsheet takes for the beginning of a formula.
FORMULA = re.compile(r"[=+\-@\t\r\n]")
# A number, or a phone number: digits alone compute nothing.
PLAIN_NUMBER = re.compile(r"[+-]?[0-9][0-9 ]*(?:\.[0-9]+)?", re.ASCII)


def neutral(cell: str) -> str:
    """The text, with an apostrophe where a spreadsheet would see a formula."""
    if FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def plain(cell: str) -> str:
    """The text that `neutral` made this of."""
    return cell[1:] if cell[:1] == "'" and neutral(cell[1:]) == cell else cell
