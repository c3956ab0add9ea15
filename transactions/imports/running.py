"""Running an import: batch after batch, each a transaction, and what came of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db.transaction import atomic, set_rollback

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions import ledger
from transactions.imports.booking import call_of, effect
from transactions.imports.failures import Failure, FailureFile
from transactions.imports.holders import Holders
from transactions.imports.lines import Line, parse
from transactions.imports.reading import Row, TransactionsFile
from transactions.models import Transaction

BATCH_SIZE = 200
LONGEST_ACTOR = 200

Progress = Callable[[int], None]
# What became of lines, by their places in the batch.
Outcomes = dict[int, Transaction | Failure]


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
        with undone() if self.dry_run else nullcontext():
            while batch := list(islice(rows, self.batch_size)):
                done = Batch(
                    definition=self.definition,
                    header=file.header,
                    actor=f"import:{file.name}"[:LONGEST_ACTOR],
                    now=self.clock(),
                    create_members=self.create_members,
                )
                with atomic():
                    done.book(batch)
                for failure in done.failures:
                    failures.add(failure)
                failures.flush()
                report.add(done.report)
                progress(file.position)


class Batch:
    """The lines that are booked in one transaction.

    header: of the file they stand in.
    now: the moment of writing (aware).
    create_members: open a card, for a new member if need be, where there is none.
    """

    def __init__(
        self,
        *,
        definition: CardDefinition,
        header: Sequence[str],
        actor: str,
        now: datetime,
        create_members: bool,
    ) -> None:
        self._definition = definition
        self._header = header
        self._actor = actor
        self._now = now
        self._create_members = create_members
        self._rows: Sequence[Row] = ()
        self.failures: list[Failure] = []
        self.report = Report()

    def book(self, rows: list[Row]) -> None:
        """Book what can be booked; collect what is refused."""
        self._rows = rows
        zone = self._definition.scheme.zone
        lines: dict[int, Line] = {}
        outcomes: Outcomes = {}
        for place, row in enumerate(rows):
            try:
                lines[place] = parse(row, header=self._header, zone=zone)
            except Refusal as refusal:
                outcomes[place] = self._failure(place, refusal)
        names = {line.member for line in lines.values()}
        holders = Holders(names, definition=self._definition)
        there = _already_there(lines.values(), cards=holders.cards)
        outcomes |= self._book(lines, holders=holders)
        for place, row in enumerate(rows):
            self.report.lines += 1
            self.report.last_line = row.number
            outcome = outcomes[place]
            if isinstance(outcome, Failure):
                self.report.failed += 1
                self.failures.append(outcome)
            else:
                self._count(lines[place], outcome, there=there)

    def _book(self, lines: Mapping[int, Line], *, holders: Holders) -> Outcomes:
        new = {
            place: line
            for place, line in lines.items()
            if self._create_members and not holders.has_card(line.member)
        }
        others = {place: line for place, line in lines.items() if place not in new}
        outcomes = self._book_new(new, holders=holders) if new else {}
        return outcomes | self._call_ledger(others, card_of=holders.card)

    def _book_new(self, lines: Mapping[int, Line], *, holders: Holders) -> Outcomes:
        """Book lines of names that have no card yet, and open it for them.

        A member that is only there for lines that are refused is not there either:
        then the others are booked once more, without these.
        """
        names = sorted({line.member for line in lines.values()})
        with atomic():
            try:
                cards = holders.open_cards(names, now=self._now)
            except Refusal as refusal:
                set_rollback(True)
                return {place: self._failure(place, refusal) for place in lines}
            outcomes = self._call_ledger(lines, card_of=cards.__getitem__)
            used = {
                outcome.card_id
                for outcome in outcomes.values()
                if isinstance(outcome, Transaction)
            }
            in_vain = {name for name, card in cards.items() if card.pk not in used}
            if in_vain:
                set_rollback(True)
        if not in_vain:
            self.report.members += len(used)
            return outcomes
        rest = {
            place: line for place, line in lines.items() if line.member not in in_vain
        }
        booked = self._book_new(rest, holders=holders) if rest else {}
        return outcomes | booked

    def _call_ledger(
        self, lines: Mapping[int, Line], *, card_of: Callable[[str], Card]
    ) -> Outcomes:
        """The answers to the lines, done in their order, whose cards are there."""
        answers: Outcomes = {}
        calls: dict[int, ledger.Row] = {}
        for place, line in lines.items():
            try:
                calls[place] = call_of(
                    line,
                    card=card_of(line.member),
                    currency=self._definition.scheme.currency,
                    actor=self._actor,
                )
            except Refusal as refusal:
                answers[place] = self._failure(place, refusal)
        booked = ledger.batch(rows=list(calls.values()), now=self._now)
        for place, outcome in zip(calls, booked, strict=True):
            if outcome.refusal is not None:
                answers[place] = self._failure(place, outcome.refusal)
            elif outcome.answer is not None:
                answers[place] = outcome.answer
        return answers

    def _count(
        self, line: Line, answer: Transaction, *, there: set[tuple[int, str]]
    ) -> None:
        # Another import of the same file may have booked it since `there` was read.
        if answer.created_at != self._now or (answer.card_id, line.reference) in there:
            self.report.already_there += 1
            return
        there.add((answer.card_id, line.reference))
        self.report.booked += 1
        self.report.points[line.kind] += effect(answer)

    def _failure(self, place: int, refusal: Refusal) -> Failure:
        return Failure.of(self._rows[place], refusal, header=self._header)


def _already_there(
    lines: Collection[Line], *, cards: list[Card]
) -> set[tuple[int, str]]:
    booked = Transaction.objects.filter(
        card__in=cards, reference__in={line.reference for line in lines}
    )
    return set(booked.values_list("card_id", "reference"))


@contextmanager
def undone() -> Iterator[None]:
    """Undo everything at the end, so that later lines see what earlier ones did."""
    with atomic():
        yield
        set_rollback(True)
