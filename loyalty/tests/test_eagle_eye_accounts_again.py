"""Eagle Eye's calls about points that come again get their first answer."""

from datetime import UTC, datetime

import pytest

from loyalty.tests.eagle_eye_schemes import asked, refusal
from loyalty.tests.eagle_eye_wallets import shopper
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

VERBS = ("earn", "credit", "goodwill", "debit", "spend")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def holder():
    made = shopper(scheme=asked("pendingPoints.enabled", False))
    yield made
    assert_adds_up(made.card)


@pytest.mark.parametrize("verb", VERBS)
def test_a_reference_that_comes_again_gets_its_first_answer(holder, verb):
    holder.do("goodwill", value=400)
    first = holder.do(verb, 100, reference="till-1")
    assert holder.do(verb, 100, reference="till-1") == first
    assert holder.card.transactions.count() == 2
    other = holder.patch(verb, 200, reference="till-1")
    assert refusal(other) == (409, "REFERENCE_TAKEN")
    assert holder.card.transactions.count() == 2


def test_money_earned_again_under_its_reference_gets_its_first_answer(holder):
    first = holder.do("earn", value=10_000, reference="till-1")
    assert holder.do("earn", value=10_000, reference="till-1") == first
    answer = holder.patch("earn", value=10_001, reference="till-1")
    assert refusal(answer) == (409, "REFERENCE_TAKEN")
    holder.holds(current=100, usable=100, lifetime=100)


def test_a_refund_that_comes_again_gets_its_first_answer(holder):
    holder.do("earn", value=10_000, reference="till-1")
    body = {"orderReference": "till-1", "value": 5_000, "reference": "back-1"}
    first = holder.do("refund", **body)
    assert holder.do("refund", **body) == first
    holder.holds(current=50, usable=50, lifetime=50)
