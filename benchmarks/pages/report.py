"""The report: how long the slowest pages take, and whether any takes too long."""

from collections.abc import Sequence
from typing import Any

WANTED = 0.5  # seconds
SHOWN = 20
ROW = "  {:<24}{:<60}{:>7}{:>7}{:>8}"


def report(pages: Sequence[dict[str, Any]]) -> str:
    """The slowest pages as a table, in milliseconds: in all, and in the database."""
    slowest = sorted(pages, key=lambda page: -page["seconds"])
    too_slow = [page for page in slowest if page["seconds"] > WANTED]
    verdict = f"MISSED by {len(too_slow)}" if too_slow else "met"
    return "\n".join(
        [
            "",
            f"{len(pages)} pages, the slowest first",
            "",
            ROW.format("reader", "page", "ms", "SQL", "queries"),
            *(
                ROW.format(
                    page["reader"],
                    page["page"],
                    f"{page['seconds'] * 1000:.0f}",
                    f"{page['sql'] * 1000:.0f}",
                    page["statements"],
                )
                for page in slowest[: max(SHOWN, len(too_slow))]
            ),
            "",
            f"  wanted: each under {WANTED * 1000:.0f} ms: {verdict}",
            "",
        ]
    )
