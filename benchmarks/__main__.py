"""The command line of the benchmarks: which measure, how large, on which databases."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.activation.measure import Size, measure
from benchmarks.activation.report import report as activation_report
from benchmarks.bulk import measure as bulk
from benchmarks.bulk.report import report as bulk_report
from benchmarks.databases import DatabaseUnavailable, Server, server_at
from benchmarks.pages.report import report as pages_report
from benchmarks.processes import run_child

PAGES = "benchmarks.pages.child"
LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/loyalty"


def main(argv: Sequence[str]) -> int:
    """Run what the arguments name; without any, activation at its usual size."""
    options = _parser().parse_args(argv or ["activation"])
    return int(options.run(options))


def _activation(options: argparse.Namespace) -> int:
    size = Size(
        buckets=options.buckets,
        cards=min(options.cards, options.buckets),
        loop_buckets=min(options.loop_buckets, options.buckets),
        rounds=options.rounds,
    )
    return _on_each(
        options,
        lambda server: activation_report(measure(server, size=size, say=_say)),
    )


def _bulk(options: argparse.Namespace) -> int:
    size = bulk.Size(
        rows=options.rows,
        one_by_one=min(options.one_by_one, options.rows),
        rounds=options.rounds,
    )
    return _on_each(
        options, lambda server: bulk_report(bulk.measure(server, size=size, say=_say))
    )


def _on_each(options: argparse.Namespace, measured_on: Callable[[Server], str]) -> int:
    """Print the report of each database that answers; 1 if none does."""
    measured = 0
    for url in options.database_url or _usual_urls():
        try:
            text = measured_on(server_at(url))
        except DatabaseUnavailable as error:
            _say(str(error))
            continue
        print(text, flush=True)
        measured += 1
    return 0 if measured else 1


def _pages(options: argparse.Namespace) -> int:
    url = options.database_url
    answer = run_child(PAGES, options.rounds, options.only, database_url=url)
    print(pages_report(answer["pages"]), flush=True)
    return 0 if answer["pages"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure, and print a report."
    )
    measures = parser.add_subparsers(dest="measure", required=True)
    _add_activation(measures)
    _add_bulk(measures)
    _add_pages(measures)
    return parser


def _add_activation(measures: Any) -> None:
    activation = measures.add_parser(
        "activation",
        help="activate_due_buckets beside SQL written by hand and a loop",
        description="Activate due buckets in three ways that leave the same rows.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    activation.set_defaults(run=_activation)
    _add_numbers(
        activation,
        ("--buckets", 1_000_000, "how many buckets are due"),
        ("--cards", 200_000, "how many cards hold them"),
        ("--loop-buckets", 2_000, "how many of them the slow loop activates"),
        ("--rounds", 3, "how often each way is measured"),
    )
    _add_database_url(activation)


def _add_bulk(measures: Any) -> None:
    parser = measures.add_parser(
        "bulk",
        help="jobs on many buckets and imports, beside a call for each row",
        description="Activate, cancel and import many rows, together and one by one.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=_bulk)
    _add_numbers(
        parser,
        ("--rows", 20_000, "how many rows are done together"),
        ("--one-by-one", 2_000, "how many of them are done one by one"),
        ("--rounds", 3, "how often each way is measured"),
    )
    _add_database_url(parser)


def _add_numbers(
    parser: argparse.ArgumentParser, *numbers: tuple[str, int, str]
) -> None:
    for name, default, meaning in numbers:
        parser.add_argument(
            name, type=_positive, default=default, metavar="N", help=meaning
        )


def _add_database_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url",
        action="append",
        metavar="URL",
        help="where to measure, in a database of its own that is dropped afterwards; "
        "may be given again (default: SQLite, and PostgreSQL at TEST_DATABASE_URL "
        "or on this machine if it answers)",
    )


def _add_pages(measures: Any) -> None:
    pages = measures.add_parser(
        "pages",
        help="every page of the back office, with each filter of its list",
        description="Open the pages of the back office, and tell how long they take.",
    )
    pages.set_defaults(run=_pages)
    pages.add_argument(
        "--database-url",
        required=True,
        metavar="URL",
        help="a database that manage.py build_dataset has filled; it is left as it was",
    )
    pages.add_argument(
        "--rounds",
        type=_positive,
        default=5,
        metavar="N",
        help="how often each page is opened once it is warm (default: 5)",
    )
    pages.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help='only pages whose reader and name contain this: "staff: buckets"',
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _usual_urls() -> list[str]:
    return [os.environ.get("TEST_DATABASE_URL") or LOCAL_POSTGRESQL, "sqlite://"]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
