"""`manage.py build_dataset`: millions of rows in an empty database, for measures."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from schemes.models import Unit
from transactions.demo import dataset


class Command(BaseCommand):
    help = "Fill an empty database with a large data set that adds up, for measures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, default in (("members", 1_000_000), ("transactions", 10_000_000)):
            parser.add_argument(
                f"--{name}",
                type=int,
                default=default,
                metavar="N",
                help=f"How many, about (default: {default:,}).",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        members, transactions = options["members"], options["transactions"]
        if not 1 <= members <= transactions:
            raise CommandError(
                "Choose at least one member, and a transaction for each."
            )
        if Unit.objects.exists():
            raise CommandError("The database has units already. Use an empty one.")
        dataset.build(
            size=dataset.Size(members=members, transactions=transactions),
            now=timezone.now(),
            say=self.stdout.write,
        )
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")
        self.stdout.write("Done. manage.py close_figures adds up the figures.")
