"""The measure itself: each kind of bulk work in both ways, on fresh copies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.bulk.child import ACTIVATE, CANCEL, IMPORT, ONE_BY_ONE, TOGETHER
from benchmarks.databases import Server
from benchmarks.processes import run_child

CHILD = "benchmarks.bulk.child"
WORK = (ACTIVATE, CANCEL, IMPORT)


class NotAllDone(Exception):
    """Rows were refused, or do not add up, so the time that it took means nothing."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many rows are done together, and how many of them one by one."""

    rows: int
    one_by_one: int
    rounds: int

    def of(self, how: str) -> int:
        """How many rows are done in this way."""
        return self.rows if how == TOGETHER else self.one_by_one


@dataclass(kw_only=True)
class Rates:
    """Rows in a second of each run: by the clock, and of the client's processor."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def usual(self) -> float:
        """By the clock: the median of the rounds."""
        return median(self.clock)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was measured on one server."""

    server: str
    size: Size
    work: dict[str, dict[str, Rates]]


def measure(server: Server, *, size: Size, say: Callable[[str], None]) -> Result:
    """Build, then do each kind of work in both ways, round after round.

    say: called with a line whenever something was done.

    :raises NotAllDone: when a run has left something out, or a card does not add up.
    """
    work = {what: {how: Rates() for how in (TOGETHER, ONE_BY_ONE)} for what in WORK}
    with server.original() as url:
        say(f"{server.name}: building {size.rows:,} pending buckets")
        run_child(CHILD, "build", "", size.rows, database_url=url)
        server.ready()
        for number in range(1, size.rounds + 1):
            for what, ways in work.items():
                for how, rates in ways.items():
                    with server.copied() as copy:
                        _run(what, how, copy, rows=size.of(how), rates=rates)
                    say(
                        f"{server.name}, round {number} of {size.rounds}, {what} "
                        f"{how}: {rates.clock[-1]:,.0f} rows/s"
                    )
    return Result(server=server.name, size=size, work=work)


def _run(what: str, how: str, url: str, *, rows: int, rates: Rates) -> None:
    answer = run_child(CHILD, what, how, rows, database_url=url)
    if answer["done"] != rows or answer["disagreements"]:
        raise NotAllDone(f"{what} {how} of {rows:,}: {answer}")
    rates.clock.append(rows / answer["seconds"])
    rates.processor.append(rows / answer["cpu"])
