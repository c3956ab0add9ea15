"""`manage.py check_ledger`: prove that everything adds up, or name what does not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from tqdm import tqdm

from accounts.models import Card
from transactions.audit import disagreements


class Command(BaseCommand):
    help = "Check that all cards and buckets add up. Exit code 1: some do not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--card", metavar="CODE", help="Only the cards with this code."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for disagreement in self._disagreements(options):
            found += 1
            self.stdout.write(str(disagreement))
        if found:
            raise CommandError(f"{found:,} sums do not add up.")
        self.stdout.write("Everything adds up.")

    def _disagreements(self, options: dict[str, Any]) -> Any:
        if code := options["card"]:
            cards = list(Card.objects.filter(code=code))
            if not cards:
                raise CommandError(f'There is no card "{code}".')
            for card in cards:
                yield from disagreements(card=card)
            return
        last = Card.objects.aggregate(last=Max("pk"))["last"] or 0
        with tqdm(total=last, unit=" cards", disable=options["verbosity"] < 1) as bar:
            yield from disagreements(progress=bar.update)
