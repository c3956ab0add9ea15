"""The picture of buckets along time: where each bar, mark and line is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from transactions.admin.picture import (
    BAR,
    FAR,
    MOST_TICKS,
    ROW,
    THINNEST,
    TOP,
    Lot,
    Tick,
    draw,
)

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2025, 6, 10, 14, tzinfo=UTC)
DAY = timedelta(days=1)


def lot(
    earned=-10, activates: float | None = -5, ends: float | None = 90, **more
) -> Lot:
    """A lot whose moments are so many days from now."""

    def moment(days):
        return None if days is None else NOW + days * DAY

    values = {"points": 100, "remaining": 100, "cancels_at": None} | more
    return Lot(
        earned_at=moment(earned),
        activates_at=moment(activates),
        ends_at=moment(ends),
        **values,
    )


def picture(*lots, **more):
    return draw(lots, now=NOW, zone=LONDON, **more)


def test_a_bar_goes_from_earning_through_activation_to_expiry():
    drawn = picture(lot())
    (bar,) = drawn.bars
    assert bar.waiting.width * 95 == pytest.approx(bar.active.width * 5, rel=0.01)
    assert bar.waiting.x + bar.waiting.width == pytest.approx(bar.active.x)
    assert 0 < bar.waiting.x < drawn.today < bar.active.x + bar.active.width < 100
    # Today is 5 of the 95 days after the activation.
    passed = drawn.today - bar.active.x
    assert passed / bar.active.width == pytest.approx(5 / 95, rel=0.01)
    assert not bar.goes_on


def test_points_that_were_active_at_once_never_waited():
    (bar,) = picture(lot(earned=-5, activates=-5)).bars
    assert bar.waiting is None
    assert bar.active


def test_points_that_await_an_event_wait_until_they_would_be_canceled():
    (bar,) = picture(lot(activates=None, ends=None, cancels_at=NOW + 20 * DAY)).bars
    assert bar.active is None
    assert bar.waiting.x + bar.waiting.width == pytest.approx(97, abs=1)
    assert not bar.goes_on


def test_points_that_never_or_very_late_expire_leave_the_picture():
    for ends in (None, 9_000, 2_000_000):
        drawn = picture(lot(ends=ends))
        assert drawn.bars[0].goes_on
        active = drawn.bars[0].active
        assert active.x + active.width == pytest.approx(100)
        assert drawn.today > 0
    assert not picture(lot(ends=FAR.days)).bars[0].goes_on


@pytest.mark.parametrize(
    ("remaining", "height"),
    [(100, BAR), (50, BAR / 2), (1, THINNEST), (0, 0)],
)
def test_what_is_left_stands_at_the_bottom_and_is_seen_however_little(
    remaining, height
):
    (bar,) = picture(lot(remaining=remaining)).bars
    assert bar.left_height == height
    assert bar.left_y + bar.left_height == bar.y + BAR


def test_rows_follow_one_another_and_the_picture_is_as_high_as_they_are():
    drawn = picture(lot(), lot(), lot())
    tops = [bar.y for bar in drawn.bars]
    assert tops[0] >= TOP
    assert [below - above for above, below in pairwise(tops)] == [
        ROW,
        ROW,
    ]
    assert drawn.height >= tops[-1] + BAR
    assert picture(lot(points=10**9)).label_width > drawn.label_width


def test_a_chosen_moment_is_marked_where_the_axis_reaches_it():
    assert picture(lot()).chosen is None
    assert picture(lot(), chosen=NOW).chosen == picture(lot()).today
    assert picture(lot(), chosen=NOW + 4_000 * DAY).chosen is None


@pytest.mark.parametrize("days", [0, 1, 3, 9, 20, 45, 100, 400, 1_000, 2_500, 9_000])
def test_the_axis_has_few_marks_at_local_midnights_within_it(days):
    drawn = picture(lot(earned=-days, activates=-days, ends=days or 0.5))
    ticks = drawn.ticks
    assert 1 <= len(ticks) <= MOST_TICKS
    assert all(0 <= tick.x <= 100 for tick in ticks)
    assert [tick.day for tick in ticks] == sorted({tick.day for tick in ticks})
    assert all(tick.day.day == 1 for tick in ticks if tick.is_month)
    assert {tick.is_month for tick in ticks} == {days >= 45}


def test_the_marks_of_summer_and_winter_are_midnights_on_the_wall():
    drawn = picture(lot(earned=0, activates=0, ends=300))
    (bar,) = drawn.bars
    per_day = bar.active.width / 300
    for tick in drawn.ticks:
        midnight = datetime(tick.day.year, tick.day.month, tick.day.day, tzinfo=LONDON)
        expected = drawn.today + (midnight - NOW) / DAY * per_day
        assert tick.x == pytest.approx(expected, abs=0.01)


def test_texts_at_the_edges_stay_inside():
    day = NOW.date()
    anchors = [Tick(x=x, day=day, is_month=True).anchor for x in (1, 50, 99)]
    assert anchors == ["start", "middle", "end"]
