"""`manage.py demo`: a shop with a year behind it, and its due points activated."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from loyalty.errors import BadInput
from transactions import demo


class Command(BaseCommand):
    help = "Make the demo shop if it is not there, and activate what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--members",
            type=int,
            default=demo.MEMBERS,
            help=f"how many members a new demo shop gets (default: {demo.MEMBERS})",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="make the demo shop beside other units",
        )
        parser.add_argument(
            "--log-in",
            action="store_true",
            help="only print the demo's log-in, or nothing if it does not work",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["log_in"]:
            self.stdout.write(demo.log_in())
            return
        if demo.exists():
            self.stdout.write("The demo shop is there already.")
        else:
            self._build(members=options["members"], force=options["force"])
        if demo.create_users():
            self.stdout.write(f"Made the log-in {demo.log_in()}.")
        self._activate()

    def _build(self, *, members: int, force: bool) -> None:
        if (others := demo.others()) and not force:
            raise CommandError(
                f"The database has other units ({', '.join(others)}). Use another "
                "database, or --force to make the demo shop beside them."
            )
        # disable=None: no bar where there is no terminal.
        with tqdm(desc="Making the demo shop", unit=" events", disable=None) as bar:

            def progress(done: int, known: int) -> None:
                bar.total = known
                bar.update(done - bar.n)

            try:
                demo.Demo(now=timezone.now(), members=members).build(progress=progress)
            except BadInput as error:
                raise CommandError(error.message) from error

    def _activate(self) -> None:
        before = demo.Figures.at(timezone.now())
        call_command("activate_due_buckets", stdout=self.stdout, stderr=self.stderr)
        after = demo.Figures.at(timezone.now())
        self.stdout.write(demo.table(before, after))
