"""The report: a table of what was measured, and whether it is what was wanted."""

import os
import platform

from benchmarks.activation.measure import BY_HAND, LOOP, SWEEP, Result

LEAST_OF_BY_HAND = 0.8
LEAST_OF_LOOP = 30
MOST_MEMORY = 100  # megabytes

NAMES = {
    SWEEP: "activate_due_buckets",
    BY_HAND: "SQL by hand, all at once",
    LOOP: "ORM, bucket by bucket",
}
ROW = "  {:<26}{:>11}{:>12}{:>21}{:>13}"
WANTED = "  {:<26}{:>11}   wanted: {:<16} {}"


def report(result: Result) -> str:
    """The figures of one server as text."""
    return "\n".join(
        [
            "",
            f"{result.server}: {result.size.buckets:,} due buckets of "
            f"{result.size.cards:,} cards; rounds: {result.size.rounds}",
            f"Python {platform.python_version()}, {os.cpu_count()} cores "
            "shared by database and client",
            "",
            *_table(result),
            "",
            *_wanted(result),
            f"  {'statements in a batch':<26}{len(result.statements):>11}   "
            f"({', '.join(result.statements)})",
            "  All ways left the same rows, and every card adds up.",
            "",
        ]
    )


def _table(result: Result) -> list[str]:
    lines = [ROW.format("way", "buckets", "buckets/s", "slowest-fastest", "client MB")]
    for way, runs in result.ways.items():
        lines.append(
            ROW.format(
                NAMES[way],
                f"{result.size.of(way):,}",
                f"{runs.rate:,.0f}",
                f"{min(runs.rates):,.0f}-{max(runs.rates):,.0f}",
                f"{max(runs.memory) / 1e6:.0f}",
            )
        )
    return lines


def _wanted(result: Result) -> list[str]:
    sweep = result.ways[SWEEP]
    of_by_hand = sweep.rate / result.ways[BY_HAND].rate
    of_loop = sweep.rate / result.ways[LOOP].rate
    memory = max(sweep.memory) / 1e6
    return [
        WANTED.format(name, value, wanted, "met" if met else "MISSED")
        for name, value, wanted, met in (
            (
                "sweep / SQL by hand",
                f"{of_by_hand:.2f}",
                f"at least {LEAST_OF_BY_HAND}",
                of_by_hand >= LEAST_OF_BY_HAND,
            ),
            (
                "sweep / loop",
                f"{of_loop:.0f}",
                f"at least {LEAST_OF_LOOP}",
                of_loop >= LEAST_OF_LOOP,
            ),
            (
                "client memory",
                f"{memory:.0f} MB",
                f"under {MOST_MEMORY} MB",
                memory < MOST_MEMORY,
            ),
        )
    ]
