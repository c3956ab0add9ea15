"""Which lots pay, and in what order: pure arithmetic, no database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from transactions.drawing import Draw, draw, in_drawing_order, total, undraw

START = datetime(2025, 6, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Lot:
    pk: int
    remaining: int
    earned_at: datetime = START
    expires_at: datetime | None = None


def day(number: int) -> datetime:
    return START + timedelta(days=number)


# Few dates, so that many lots share one; no two lots share an id.
DAYS = st.integers(0, 3).map(day)
LOTS = st.lists(
    st.builds(
        Lot,
        pk=st.integers(1, 99),
        remaining=st.integers(0, 50),
        earned_at=DAYS,
        expires_at=st.none() | DAYS,
    ),
    max_size=8,
    unique_by=lambda lot: lot.pk,
)
POINTS = st.integers(1, 300)


def test_the_soonest_expiry_pays_first_and_what_never_expires_last():
    never, late, soon = Lot(1, 5), Lot(2, 5, START, day(9)), Lot(3, 5, START, day(2))

    assert draw([never, late, soon], points=12) == [
        Draw(soon, 5),
        Draw(late, 5),
        Draw(never, 2),
    ]


def test_of_the_same_expiry_the_oldest_pays_first_and_then_the_first_written():
    young = Lot(1, 5, day(1), day(9))
    old = Lot(3, 5, day(0), day(9))
    as_old = Lot(2, 5, day(0), day(9))

    assert in_drawing_order([young, old, as_old]) == [as_old, old, young]


def test_of_points_that_never_expire_the_oldest_pay_first():
    young, old = Lot(1, 5, day(1)), Lot(2, 5, day(0))

    assert draw([young, old], points=6) == [Draw(old, 5), Draw(young, 1)]


def test_when_less_is_there_all_of_it_is_drawn():
    assert draw([Lot(1, 5), Lot(2, 0)], points=9) == [Draw(Lot(1, 5), 5)]
    assert draw([], points=9) == []


def test_nothing_is_drawn_for_no_points():
    assert draw([Lot(1, 5)], points=0) == []


def test_what_was_drawn_last_comes_back_first():
    first, last = Lot(1, 10), Lot(2, 10)
    draws = [Draw(first, 10), Draw(last, 5)]

    assert undraw(draws, points=7) == [Draw(last, 5), Draw(first, 2)]
    assert undraw(draws, points=3, skip=4) == [Draw(last, 1), Draw(first, 2)]
    assert undraw(draws, points=3, skip=15) == []


@given(lots=LOTS, points=POINTS)
def test_a_draw_pays_exactly_or_all_there_is(lots, points):
    draws = draw(lots, points=points)

    assert total(draws) == min(points, sum(lot.remaining for lot in lots))
    assert all(0 < each.points <= each.lot.remaining for each in draws)
    assert len({each.lot.pk for each in draws}) == len(draws)


@given(lots=LOTS, points=POINTS)
def test_no_lot_pays_before_one_that_expires_sooner_is_empty(lots, points):
    paid = {each.lot.pk: each.points for each in draw(lots, points=points)}

    for payer in (lot for lot in lots if lot.pk in paid):
        for other in lots:
            if goes_before(other, payer):
                assert paid.get(other.pk, 0) == other.remaining


@given(lots=LOTS, points=POINTS, data=st.data())
def test_the_order_in_which_the_lots_come_plays_no_role(lots, points, data):
    shuffled = data.draw(st.permutations(lots))

    assert draw(shuffled, points=points) == draw(lots, points=points)


@given(lots=LOTS, points=POINTS, data=st.data())
def test_what_comes_back_leaves_it_as_if_less_had_been_drawn(lots, points, data):
    draws = draw(lots, points=points)
    back = data.draw(st.integers(0, total(draws)))

    kept = net(draws, undraw(draws, points=back))

    assert kept == net(draw(lots, points=total(draws) - back), [])


@given(lots=LOTS, points=POINTS, data=st.data())
def test_coming_back_in_two_parts_is_the_same_as_at_once(lots, points, data):
    draws = draw(lots, points=points)
    first = data.draw(st.integers(0, total(draws)))
    second = data.draw(st.integers(0, total(draws) - first))

    parts = undraw(draws, points=first) + undraw(draws, points=second, skip=first)

    assert net(draws, parts) == net(draws, undraw(draws, points=first + second))


@given(lots=LOTS, points=POINTS, more=st.integers(0, 400))
def test_no_more_comes_back_than_was_drawn(lots, points, more):
    draws = draw(lots, points=points)

    assert total(undraw(draws, points=more)) == min(more, total(draws))


def goes_before(one: Lot, other: Lot) -> bool:
    """The rule in words: sooner expiry (never is last), then older, then lower id."""
    if one.expires_at != other.expires_at:
        if one.expires_at is None or other.expires_at is None:
            return other.expires_at is None
        return one.expires_at < other.expires_at
    if one.earned_at != other.earned_at:
        return one.earned_at < other.earned_at
    return one.pk < other.pk


def net(draws: list[Draw[Lot]], returns: list[Draw[Lot]]) -> dict[int, int]:
    """What each lot is left to have paid."""
    paid = {each.lot.pk: each.points for each in draws}
    for each in returns:
        paid[each.lot.pk] -= each.points
    return {pk: points for pk, points in paid.items() if points}
