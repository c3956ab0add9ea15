"""The benchmarks measure what they say: three ways that leave the same rows."""

import os
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import connection

from benchmarks.__main__ import main
from benchmarks.activation.measure import (
    BY_HAND,
    LOOP,
    SWEEP,
    DifferentRows,
    Runs,
    Size,
    measure,
    require_same_rows,
)
from benchmarks.activation.report import report
from benchmarks.databases import SQLite, server_at

TINY = Size(buckets=300, cards=60, loop_buckets=300, rounds=1)
LEFT = {
    "buckets": [["ACTIVE", 300, 9000, 9000]],
    "activations": [["APPROVED", "system", "ACTIVE", 300, 300, 9000, -9000, 300]],
    "types": [["PENDING_POINTS_ACTIVATED", 300, 9000, -9000]],
    "disagreements": [],
}


def three_ways():
    return {way: Runs(outcomes=[deepcopy(LEFT)]) for way in (SWEEP, BY_HAND, LOOP)}


@pytest.fixture
def server_url(tmp_path: Path) -> str:
    """The server that the other tests run on; only databases made here are touched."""
    if connection.vendor == "postgresql":
        return os.environ["DATABASE_URL"]
    return f"sqlite:///{tmp_path}/unused.sqlite3"


@pytest.mark.slow
def test_all_three_ways_leave_the_same_rows_and_a_report_is_made(server_url):
    result = measure(server_at(server_url), size=TINY, say=lambda _: None)

    left = [outcome for runs in result.ways.values() for outcome in runs.outcomes]
    assert len(left) == 3
    assert left[0] == left[1] == left[2]
    assert [row[:2] for row in left[0]["buckets"]] == [["ACTIVE", 300]]
    assert [row[:2] for row in left[0]["types"]] == [
        ["PENDING_POINTS_ACTIVATED", 300],
        ["PENDING_POINTS_ADDED", 300],
    ]
    text = report(result)
    for expected in (
        "300 due buckets of 60 cards",
        "activate_due_buckets",
        "SQL by hand, all at once",
        "ORM, bucket by bucket",
        "at least 0.8",
        "at least 30",
        "under 100 MB",
        "statements in a batch",
    ):
        assert expected in text


def test_sqlite_files_are_gone_afterwards(tmp_path):
    server = SQLite(f"sqlite:///{tmp_path}/unused.sqlite3")

    with server.original() as original:
        Path(original.removeprefix("sqlite:///")).write_bytes(b"built")
        with server.copied() as copy:
            assert Path(copy.removeprefix("sqlite:///")).read_bytes() == b"built"

    assert list(tmp_path.iterdir()) == []


def test_the_same_rows_are_accepted():
    require_same_rows(three_ways(), size=TINY)


def test_the_loop_may_do_only_its_part():
    ways = three_ways()
    ways[LOOP].outcomes[0]["buckets"] = [
        ["ACTIVE", 10, 300, 300],
        ["PENDING", 290, 8700, 8700],
    ]
    ways[LOOP].outcomes[0]["activations"][0][-5:] = [10, 10, 300, -300, 10]

    require_same_rows(ways, size=Size(buckets=300, cards=60, loop_buckets=10, rounds=1))


@pytest.mark.parametrize("way", [BY_HAND, LOOP])
@pytest.mark.parametrize(
    ("column", "value"),
    [(1, "somebody"), (3, 299), (4, 299), (7, 299)],
    ids=["another actor", "one missing", "one bucket twice", "one untrue"],
)
def test_other_rows_are_no_measure(way, column, value):
    ways = three_ways()
    ways[way].outcomes[0]["activations"][0][column] = value

    with pytest.raises(DifferentRows, match=way):
        require_same_rows(ways, size=TINY)


def test_cards_that_do_not_add_up_are_no_measure():
    ways = three_ways()
    for runs in ways.values():
        runs.outcomes[0]["disagreements"] = ["card 1: 5 is not 4"]

    with pytest.raises(DifferentRows, match="5 is not 4"):
        require_same_rows(ways, size=TINY)


def test_a_server_that_does_not_answer_is_said_and_is_a_failure(capsys):
    url = "postgres://nobody@127.0.0.1:1/nothing"

    assert main(["activation", "--database-url", url]) == 1

    captured = capsys.readouterr()
    assert "No PostgreSQL" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("option", ["--buckets", "--cards", "--rounds"])
def test_a_size_below_one_is_refused(option, capsys):
    with pytest.raises(SystemExit):
        main(["activation", option, "0"])

    assert "must be at least 1" in capsys.readouterr().err
