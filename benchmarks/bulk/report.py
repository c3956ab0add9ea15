"""The report: rows in a second both ways, and whether it is what was wanted."""

import os
import platform

from benchmarks.bulk.child import IMPORT, ONE_BY_ONE, TOGETHER
from benchmarks.bulk.measure import Rates, Result

LEAST_LINES = 1_000  # of a file, in a second
ROW = "  {:<12}{:>12}{:>18}{:>14}{:>18}{:>9}{:>24}"


def report(result: Result) -> str:
    """The figures of one server as text."""
    size = result.size
    lines = result.work[IMPORT][TOGETHER].usual
    return "\n".join(
        [
            "",
            f"{result.server}: {size.rows:,} rows together, {size.one_by_one:,} one by "
            f"one; rounds: {size.rounds}",
            f"Python {platform.python_version()}, {os.cpu_count()} cores "
            "shared by database and client",
            "",
            ROW.format(
                "",
                "together/s",
                "slowest-fastest",
                "one by one/s",
                "slowest-fastest",
                "times",
                "together/s of processor",
            ),
            *(_row(what, ways) for what, ways in result.work.items()),
            "",
            f"  lines of a file in a second: {lines:,.0f}, "
            f"wanted: at least {LEAST_LINES:,}: "
            f"{'met' if lines >= LEAST_LINES else 'MISSED'}",
            "",
        ]
    )


def _row(what: str, ways: dict[str, Rates]) -> str:
    together, one_by_one = ways[TOGETHER], ways[ONE_BY_ONE]
    return ROW.format(
        what,
        f"{together.usual:,.0f}",
        _span(together),
        f"{one_by_one.usual:,.0f}",
        _span(one_by_one),
        f"{together.usual / one_by_one.usual:.1f}",
        f"{max(together.processor):,.0f}",
    )


def _span(rates: Rates) -> str:
    return f"{min(rates.clock):,.0f}-{max(rates.clock):,.0f}"
