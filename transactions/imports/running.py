"""Running an import: batch after batch, each a transaction, and what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db.transaction import atomic, set_rollback

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions.imports.booking import DEBITS, book, effect
from transactions.imports.failures import Failure, FailureFile
from transactions.imports.holders import Holders
from transactions.imports.lines import Line, parse
from transactions.imports.reading import Row, TransactionsFile
from transactions.ledger.locking import lock_cards
from transactions.models import Transaction

BATCH_SIZE = 200
LONGEST_ACTOR = 200

Progress = Callable[[int], None]


@dataclass(kw_only=True)
class Report:
    """What came of the lines so far. `points` has the effect of each kind of line."""

    lines: int = 0
    booked: int = 0
    already_there: int = 0
    failed: int = 0
    members: int = 0
    last_line: int = 0
    points: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Report") -> None:
        """Add what came of one more batch."""
        self.lines += other.lines
        self.booked += other.booked
        self.already_there += other.already_there
        self.failed += other.failed
        self.members += other.members
        self.last_line = max(self.last_line, other.last_line)
        self.points.update(other.points)


@dataclass(frozen=True, kw_only=True)
class Importer:
    """How files are imported.

    definition: whose cards the lines are for.
    clock: read once for each batch; the doors pass the real one.
    create_members: open a card, for a new member if need be, where there is none.
    batch_size: lines in one transaction. Debits of their cards wait that long.
    """

    definition: CardDefinition
    clock: Callable[[], datetime]
    create_members: bool = False
    batch_size: int = BATCH_SIZE
    dry_run: bool = False

    def run(
        self,
        file: TransactionsFile,
        *,
        failures: FailureFile,
        report: Report,
        progress: Progress = lambda _: None,
    ) -> None:
        """Book the lines in the order of the file; `report` grows as they are there.

        Each batch is there as a whole or not at all. A line that was booked before
        is recognised by its reference, so a file can be imported again at any time.

        report: up to date after each batch, also when an error ends the import.
        progress: called with the number of bytes read so far.
        """
        rows = file.rows()
        with _undone() if self.dry_run else _kept():
            while batch := list(islice(rows, self.batch_size)):
                done = Batch(self, file=file)
                with atomic():
                    done.book(batch)
                for failure in done.failures:
                    failures.add(failure)
                failures.flush()
                report.add(done.report)
                progress(file.bytes_read)


class Batch:
    """The lines that are booked in one transaction."""

    def __init__(self, importer: Importer, *, file: TransactionsFile) -> None:
        self._importer = importer
        self._header = file.header
        self._actor = f"import:{file.name}"[:LONGEST_ACTOR]
        self._now = importer.clock()
        self.failures: list[Failure] = []
        self.report = Report()

    def book(self, rows: list[Row]) -> None:
        """Book what can be booked; collect what is refused."""
        scheme = self._importer.definition.scheme
        parsed: list[tuple[Row, Line | Failure]] = []
        for row in rows:
            try:
                parsed.append((row, parse(row, header=self._header, zone=scheme.zone)))
            except Refusal as refusal:
                parsed.append((row, Failure.of(row, refusal)))
        lines = [line for _, line in parsed if isinstance(line, Line)]
        holders = Holders(
            {line.member for line in lines}, definition=self._importer.definition
        )
        self._lock(lines, holders=holders)
        there = _already_there(lines, cards=holders.cards)
        for row, line in parsed:
            self.report.lines += 1
            self.report.last_line = row.number
            if isinstance(line, Line):
                self._book_or_collect(row, line, holders=holders, there=there)
            else:
                self._collect(line)

    def _lock(self, lines: list[Line], *, holders: Holders) -> None:
        """Lock the cards that will be locked, in order: two imports never cross."""
        rules = self._importer.definition
        debited = {line.member for line in lines if line.kind in DEBITS}
        cards = {holders.card(name) for name in debited if holders.has_card(name)}
        cards |= {
            card
            for card in holders.cards
            if card.overdraft or rules.limits_earning or rules.slides
        }
        if cards:
            lock_cards(card.pk for card in cards)

    def _book_or_collect(
        self,
        row: Row,
        line: Line,
        *,
        holders: Holders,
        there: set[tuple[int, str]],
    ) -> None:
        try:
            answer = self._book(line, holders=holders)
        except Refusal as refusal:
            self._collect(Failure.of(row, refusal))
            return
        # Another import of the same file may have booked it since `there` was read.
        if answer.created_at != self._now or (answer.card_id, line.reference) in there:
            self.report.already_there += 1
            return
        there.add((answer.card_id, line.reference))
        self.report.booked += 1
        self.report.points[line.kind] += effect(answer)

    def _book(self, line: Line, *, holders: Holders) -> Transaction:
        if holders.has_card(line.member) or not self._importer.create_members:
            return self._call_ledger(line, card=holders.card(line.member))
        # A member that is only there for a line that is refused is not there either.
        with atomic():
            card = holders.open_card(line.member, now=self._now)
            answer = self._call_ledger(line, card=card)
        holders.keep(line.member, card)
        self.report.members += 1
        return answer

    def _call_ledger(self, line: Line, *, card: Card) -> Transaction:
        return book(
            line,
            card=card,
            currency=self._importer.definition.scheme.currency,
            now=self._now,
            actor=self._actor,
        )

    def _collect(self, failure: Failure) -> None:
        self.report.failed += 1
        self.failures.append(failure)


def _already_there(lines: list[Line], *, cards: list[Card]) -> set[tuple[int, str]]:
    booked = Transaction.objects.filter(
        card__in=cards, reference__in={line.reference for line in lines}
    )
    return set(booked.values_list("card_id", "reference"))


@contextmanager
def _kept() -> Iterator[None]:
    yield


@contextmanager
def _undone() -> Iterator[None]:
    """Undo everything at the end, so that later lines see what earlier ones did."""
    with atomic():
        yield
        set_rollback(True)
