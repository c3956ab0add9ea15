"""`manage.py close_figures`: add up the dashboard's figures, now or all of them anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from transactions.management.stopping import stop_on_signal
from transactions.sweeps import figures


class Command(BaseCommand):
    help = "Add up the dashboard's figures; the worker does so by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="Add up everything anew, as after a scheme's time zone was changed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            figures.forget_figures()
        quiet = options["verbosity"] < 1
        with (
            stop_on_signal() as stop,
            tqdm(total=figures.ids_to_count(), unit=" ids", disable=quiet) as bar,
        ):
            figures.close_figures(
                now=timezone.now(),
                at_once=True,
                keep_going=lambda: not stop.is_set(),
                progress=bar.update,
            )
        left = figures.ids_to_count()
        self.stdout.write(f"The figures are added up; {left:,} transactions are newer.")
