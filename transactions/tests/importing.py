"""What the tests of the import share: writing a file, running the command, its report."""

import csv
import re

from django.core.management import CommandError, call_command

HEADER = "reference,member,time,kind,amount,order,points,reason"


def write(path, *lines, header=HEADER):
    """Write a CSV file of these lines."""
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def run(path, card, capsys, *arguments):
    """Import the file for the card's definition; answer its report and its complaint."""
    scheme = card.definition.scheme
    complaint = ""
    try:
        call_command(
            "import_transactions",
            str(path),
            f"--unit={scheme.unit.incoming_identifier}",
            f"--scheme={scheme.reference}",
            *arguments,
        )
    except CommandError as error:
        complaint = str(error)
    return report(capsys.readouterr().out), complaint


def report(text):
    """The numbers of the summary by their names."""
    numbers = re.findall(r"^(\w[\w ]*?) {2,}([+-]?[\d,]+)$", text, re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in numbers}


def errors_of(path):
    """The lines of the error file beside an imported file."""
    beside = path.with_name(f"{path.stem}.errors.csv")
    if not beside.exists():
        return []
    with beside.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
