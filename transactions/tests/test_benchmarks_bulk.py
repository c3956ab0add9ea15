"""The benchmark of bulk work does all rows in both ways, and they leave the same."""

import pytest
from django.db.transaction import atomic, set_rollback
from django.utils import timezone

from benchmarks.bulk import child, measure
from benchmarks.bulk.measure import NotAllDone, Rates, Result, Size
from benchmarks.bulk.report import report
from benchmarks.bulk.rows import build
from transactions.models import Bucket, Transaction

ROWS = 40  # so that each kind of line is there, twice


@pytest.fixture
def built(db):
    build(rows=ROWS, now=timezone.now())


def left():
    """What there is of each bucket and card, but for the moments of writing."""
    buckets = Bucket.objects.order_by("card_id", "order_reference", "points")
    moves = Transaction.objects.order_by("card_id", "type", "order_reference", "points")
    return (
        list(buckets.values_list("card_id", "status", "points", "remaining")),
        list(
            moves.values_list("card_id", "type", "status", "points", "pending_points")
        ),
    )


@pytest.mark.parametrize("what", measure.WORK)
def test_both_ways_do_every_row_and_leave_the_same(built, what):
    rows_left = []
    before = left()
    for how in (child.TOGETHER, child.ONE_BY_ONE):
        with atomic():
            answer = child.main(what, how, ROWS)
            rows_left.append(left())
            set_rollback(True)
        assert answer["done"] == ROWS
        assert answer["disagreements"] == []
        assert min(answer["seconds"], answer["cpu"]) > 0
    assert rows_left[0] == rows_left[1] != before


def test_a_part_of_the_rows_can_be_done(built):
    assert child.main(child.ACTIVATE, child.ONE_BY_ONE, 3)["done"] == 3
    assert Bucket.objects.filter(status="PENDING").count() == ROWS - 3


def test_a_run_that_leaves_a_row_out_counts_for_nothing(monkeypatch):
    answer = {"done": 3, "seconds": 1, "cpu": 1, "disagreements": []}
    monkeypatch.setattr(measure, "run_child", lambda *_, **__: answer)
    rates = Rates()
    measure._run("activate", child.TOGETHER, "sqlite://", rows=3, rates=rates)
    assert rates.clock == [3]
    with pytest.raises(NotAllDone, match="of 4"):
        measure._run("activate", child.TOGETHER, "sqlite://", rows=4, rates=rates)
    answer["disagreements"] = ["card 1"]
    with pytest.raises(NotAllDone, match="card 1"):
        measure._run("activate", child.TOGETHER, "sqlite://", rows=3, rates=rates)


def test_the_report_says_whether_files_are_read_quickly_enough():
    def result(lines: float) -> Result:
        quick = Rates(clock=[lines, lines + 9, lines - 9], processor=[lines * 2])
        slow = Rates(clock=[10.0], processor=[20.0])
        ways = {child.TOGETHER: quick, child.ONE_BY_ONE: slow}
        return Result(
            server="SQLite 3",
            size=Size(rows=2_000, one_by_one=200, rounds=3),
            work=dict.fromkeys(measure.WORK, ways),
        )

    text = report(result(1_000))
    for expected in (
        "2,000 rows together",
        "991-1,009",
        "100.0",
        "2,000",
        "1,000: met",
    ):
        assert expected in text
    assert "MISSED" in report(result(999))
