"""Whatever happened: the past stays as it was seen, and a sweep makes no difference."""

from datetime import UTC, datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from transactions import balances, sweeps
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up
from transactions.tests.histories import (
    HOUR,
    RULES,
    Event,
    Played,
    histories,
    play,
    undone,
)

pytestmark = pytest.mark.django_db

# Hours between two looks at the whole history.
EVERY = 7
START = datetime(2025, 6, 10, 14, tzinfo=UTC)
each_rule = pytest.mark.parametrize("rules", RULES)
random = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def at_many_moments(played: Played) -> list[balances.Balance]:
    """What the card held every few hours, seen from the end."""
    hours = range(0, int((played.end - START) / HOUR) + 1, EVERY)
    return [
        balances.balance(card=played.card, at=START + hour * HOUR, now=played.end)
        for hour in hours
    ]


@each_rule
@random
@given(history=histories, sweeping=st.booleans())
def test_the_past_looks_as_it_looked_when_it_was_the_present(
    rules: str, history: list[Event], sweeping: bool
) -> None:
    with undone():
        played = play(history, rules=rules, start=START, sweeping=sweeping)
        for moment, seen in played.seen.items():
            later = balances.balance(card=played.card, at=moment, now=played.end)
            assert later == seen, (moment - START) / HOUR


@each_rule
@random
@given(history=histories)
def test_sweeps_in_between_change_nothing_that_is_seen_or_answered(
    rules: str, history: list[Event]
) -> None:
    outcomes = []
    for sweeping in (False, True):
        with undone():
            played = play(history, rules=rules, start=START, sweeping=sweeping)
            outcomes.append((played.answers, played.seen, at_many_moments(played)))

    assert outcomes[0] == outcomes[1]


@each_rule
@random
@given(history=histories)
def test_once_swept_a_balance_is_the_sum_of_the_transactions(
    rules: str, history: list[Event]
) -> None:
    with undone():
        played = play(history, rules=rules, start=START, sweeping=False)
        before = at_many_moments(played)
        sweeps.activate_due(now=played.end)
        sweeps.expire_due(now=played.end)
        assert at_many_moments(played) == before
        assert_adds_up(played.card)
        told = Transaction.objects.filter(card=played.card, status="APPROVED")
        for number, balance in enumerate(before):
            moment = START + number * EVERY * HOUR
            until = told.filter(effective_at__lte=moment)
            points = sum(until.values_list("points", flat=True))
            pending = sum(until.values_list("pending_points", flat=True))
            assert balance.active - balance.overdraft == points, moment
            assert balance.pending == pending, moment
