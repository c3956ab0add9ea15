"""What the commands that run one pass of a sweep have in common."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from tqdm import tqdm

from transactions.management.stopping import stop_on_signal
from transactions.models import SweepRun


class SweepCommand(BaseCommand):
    """One pass of a sweep, with a progress bar; Ctrl-C stops it between two batches.

    sweep: the pass; count: how many rows are due until a moment, and their points.
    rows, done: what they are called, and what has happened to them afterwards.
    """

    sweep: ClassVar[Callable[..., SweepRun]]
    count: ClassVar[Callable[..., tuple[int, int]]]
    rows = "buckets"
    done = "done"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say how much is due."
        )
        parser.add_argument(
            "--until",
            metavar="MOMENT",
            help="Do what was due by then, as 2025-06-15T15:00+01:00 (default: now).",
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            metavar="N",
            help="How many are done, and locked, together.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        until = _until(options["until"], now=now)
        size = options["batch_size"]
        if size is not None and size < 1:
            raise CommandError("--batch-size must be at least 1.")
        due, points = type(self).count(until=until)
        if options["dry_run"]:
            self.stdout.write(f"{due:,} {self.rows} are due, {points:,} points.")
            return
        quiet = options["verbosity"] < 1
        with (
            stop_on_signal() as stop,
            tqdm(total=due, unit=f" {self.rows}", disable=quiet) as bar,
        ):
            run = type(self).sweep(
                now=now,
                until=until,
                progress=bar.update,
                keep_going=lambda: not stop.is_set(),
                **({"batch_size": size} if size else {}),
            )
        self.stdout.write(
            f"{run.buckets:,} {self.rows} {self.done}, {run.points:,} points."
        )
        if run.error:
            raise CommandError(f"Some were passed over:\n{run.error}")


def _until(text: str | None, *, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        until = parse_datetime(text)
    except ValueError:
        until = None
    if until is None or timezone.is_naive(until):
        raise CommandError(
            f'--until: "{text}" is not a moment with its offset from UTC, '
            "such as 2025-06-15T15:00+01:00."
        )
    if until > now:
        raise CommandError(f"--until: {text} has not come yet.")
    return until
