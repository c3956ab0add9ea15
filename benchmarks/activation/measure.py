"""The measure itself: three ways in turn, on the same rows, and what they left."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.databases import Server
from benchmarks.processes import run_child

CHILD = "benchmarks.activation.child"
SWEEP, BY_HAND, LOOP = "sweep", "by_hand", "loop"
WAYS = (SWEEP, BY_HAND, LOOP)


class DifferentRows(Exception):
    """A way has left other rows than it should, so its time means nothing."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: all that is due, and how much of it the loop does."""

    buckets: int
    cards: int
    loop_buckets: int
    rounds: int

    def of(self, way: str) -> int:
        """How many buckets this way activates."""
        return self.loop_buckets if way == LOOP else self.buckets


@dataclass(kw_only=True)
class Runs:
    """All runs of one way: buckets in a second, peak memory in bytes, rows left."""

    rates: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Buckets in a second: the median of the rounds."""
        return median(self.rates)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was measured on one server."""

    server: str
    size: Size
    ways: dict[str, Runs]
    statements: list[str]


def measure(server: Server, *, size: Size, say: Callable[[str], None]) -> Result:
    """Build, then let each way activate a fresh copy, round after round.

    say: called with a line whenever something was done.

    :raises DifferentRows: when the ways do not leave the same rows.
    """
    ways = {way: Runs() for way in WAYS}
    with server.original() as url:
        say(f"{server.name}: building {size.buckets:,} due buckets")
        run_child(CHILD, "build", size.buckets, size.cards, database_url=url)
        server.ready()
        with server.copied() as copy:
            counted = run_child(CHILD, "statements", database_url=copy)
        for number in range(1, size.rounds + 1):
            for way, runs in ways.items():
                with server.copied() as copy:
                    _run(way, copy, size=size, runs=runs)
                say(
                    f"{server.name}, round {number} of {size.rounds}, {way}: "
                    f"{runs.rates[-1]:,.0f} buckets/s"
                )
    require_same_rows(ways, size=size)
    return Result(
        server=server.name, size=size, ways=ways, statements=counted["statements"]
    )


def _run(way: str, url: str, *, size: Size, runs: Runs) -> None:
    numbers = [size.loop_buckets] if way == LOOP else []
    answer = run_child(CHILD, way, *numbers, database_url=url)
    runs.rates.append(size.of(way) / answer["seconds"])
    runs.memory.append(answer["memory"])
    left = run_child(CHILD, "outcome", database_url=url)
    del left["memory"]
    runs.outcomes.append(left)


def require_same_rows(ways: dict[str, Runs], *, size: Size) -> None:
    """Every run of the sweep and by hand leaves the same; the loop, its part of it.

    :raises DifferentRows: when it is not so.
    """
    expected = ways[SWEEP].outcomes[0]
    for way, runs in ways.items():
        for left in runs.outcomes:
            same = left == expected or size.of(way) < size.buckets
            if not (same and _is_faithful(left, count=size.of(way), like=expected)):
                raise DifferentRows(f"{way} left {left}; expected: {expected}")


def _is_faithful(left: dict[str, Any], *, count: int, like: dict[str, Any]) -> bool:
    """Whether `count` buckets have one true activation each, told in the same words."""
    if left["disagreements"] or len(left["activations"]) != 1:
        return False
    *words, rows, buckets, points, pending, faithful = left["activations"][0]
    counted: bool = rows == buckets == faithful == count and points == -pending
    return counted and words == like["activations"][0][: len(words)]
