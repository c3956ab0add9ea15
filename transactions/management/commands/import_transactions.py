"""`manage.py import_transactions`: book the events of a CSV file."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from schemes.models import CardDefinition, Scheme, Unit
from transactions.imports import (
    FailureFile,
    Importer,
    Report,
    TransactionsFile,
    UnreadableFile,
)
from transactions.imports.running import BATCH_SIZE

LARGEST_BATCH = 5_000
# What a shell says of a program that Ctrl-C ended.
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Book the events of a CSV file. docs/import.md describes its columns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file in UTF-8")
        parser.add_argument(
            "--unit", required=True, help="the unit's incoming identifier"
        )
        parser.add_argument("--scheme", required=True, help="the scheme's reference")
        parser.add_argument(
            "--definition", default="", help="needed if the scheme has several"
        )
        parser.add_argument(
            "--create-members",
            action="store_true",
            help="make members and cards that are not there yet",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do everything and undo it at the end; holds its locks until then",
        )
        parser.add_argument(
            "--errors",
            type=Path,
            default=None,
            metavar="FILE",
            help="where lines that failed go (default: beside FILE, as *.errors.csv)",
        )
        parser.add_argument(
            "--batch",
            type=int,
            default=BATCH_SIZE,
            metavar="N",
            help=f"lines in one database transaction (default: {BATCH_SIZE})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not 1 <= options["batch"] <= LARGEST_BATCH:
            raise CommandError(f"--batch must be from 1 to {LARGEST_BATCH}.")
        importer = Importer(
            definition=find_definition(
                unit=options["unit"],
                scheme=options["scheme"],
                definition=options["definition"],
            ),
            clock=timezone.now,
            create_members=options["create_members"],
            batch_size=options["batch"],
            dry_run=options["dry_run"],
        )
        errors = options["errors"] or path.with_name(f"{path.stem}.errors.csv")
        if errors.resolve() == path.resolve():
            raise CommandError("--errors must be another file than the one imported.")
        try:
            with TransactionsFile(path) as file:
                self._import(importer, file, errors=errors)
        except UnreadableFile as error:
            raise CommandError(error.message) from error

    def _import(
        self, importer: Importer, file: TransactionsFile, *, errors: Path
    ) -> None:
        report = Report()
        try:
            failures = FailureFile(errors, header=file.header)
        except OSError as error:
            raise CommandError(f"{errors} cannot be written: {error}.") from error
        with (
            failures,
            # disable=None: no bar where there is no terminal.
            tqdm(total=file.size, unit="B", unit_scale=True, disable=None) as bar,
        ):

            def progress(read: int) -> None:
                bar.update(read - bar.n)

            try:
                importer.run(file, failures=failures, report=report, progress=progress)
            except KeyboardInterrupt as error:
                raise CommandError(
                    stopped(report, dry_run=importer.dry_run), returncode=INTERRUPTED
                ) from error
            except OperationalError as error:
                # A lock that did not come in time, or a connection that broke.
                raise CommandError(
                    f"{error}\n{stopped(report, dry_run=importer.dry_run)}"
                ) from error
        self.stdout.write(summary(report, dry_run=importer.dry_run))
        if report.failed:
            raise CommandError(
                f"{report.failed:,} of {report.lines:,} lines failed: see {errors}"
            )


def find_definition(*, unit: str, scheme: str, definition: str) -> CardDefinition:
    """Find whose cards the lines are for; what is missing is named with what there is."""
    units = Unit.objects.order_by("pk")
    found = units.filter(incoming_identifier=unit).first()
    if found is None:
        raise _missing(
            "unit", unit, units.values_list("incoming_identifier", flat=True)
        )
    schemes = Scheme.objects.filter(unit=found).order_by("pk")
    if not schemes.filter(reference=scheme).exists():
        raise _missing("scheme", scheme, schemes.values_list("reference", flat=True))
    definitions = list(
        CardDefinition.objects.select_related("scheme__unit")
        .filter(scheme__unit=found, scheme__reference=scheme)
        .order_by("pk")
    )
    names = [each.name for each in definitions]
    if definition and definition not in names:
        raise _missing("definition", definition, names)
    if definition:
        return definitions[names.index(definition)]
    if len(definitions) != 1:
        raise CommandError(f"Choose one --definition: {_listed(names)}.")
    return definitions[0]


def summary(report: Report, *, dry_run: bool) -> str:
    rows = [
        ("Lines read", report.lines),
        ("Booked", report.booked),
        ("Already there", report.already_there),
        ("Failed", report.failed),
    ]
    if report.members:
        rows.append(("Cards opened", report.members))
    text = [f"{name:<20}{number:>12,}" for name, number in rows]
    text += [
        f"{f'Points by {kind}':<20}{points:>+12,}"
        for kind, points in sorted(report.points.items())
    ]
    if dry_run:
        text.append("This was a dry run: nothing of it was kept.")
    return "\n".join(text)


def stopped(report: Report, *, dry_run: bool) -> str:
    if dry_run:
        return "Stopped. This was a dry run: nothing of it was kept."
    return (
        f"Stopped after line {report.last_line:,}; what came before is booked. Import "
        "the file again to go on: what is there already is recognised."
    )


def _missing(what: str, name: str, there: Iterable[str]) -> CommandError:
    return CommandError(f"There is no {what} {name!r}. There is: {_listed(there)}.")


def _listed(there: Iterable[str]) -> str:
    return ", ".join(there) or "none"
