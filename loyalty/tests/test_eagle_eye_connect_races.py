"""Eagle Eye's POS Connect: two tills at once, with the same shopper or the same basket."""

from functools import partial

import pytest
from django.db import connection

from loyalty.testing import race
from loyalty.tests.till import basket, make_till, second_shopper
from transactions.tests.file_database import in_a_file
from transactions.tests.helpers import assert_adds_up
from transactions.tests.racing import side_by_side

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _a_database_that_threads_can_share(transactional_db, tmp_path):
    if connection.vendor != "sqlite":
        yield
        return
    with in_a_file(tmp_path / "race.sqlite3"):
        yield


@pytest.fixture
def till():
    made = make_till()
    made.gets(1000)
    yield made
    assert_adds_up(made.card)


def statuses(answers):
    return sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize("lock", [True, False])
def test_two_tills_cannot_have_the_same_points(till, lock):
    spends = [
        partial(till.post, "spend", reference=f"S-{number}", points=600, lock=lock)
        for number in range(4)
    ]

    assert statuses(race(*spends)) == [200, 409, 409, 409]
    assert till.balances()["usable"] == 400


def test_a_lock_that_is_sent_twice_at_once_is_one_lock(till):
    lock = partial(till.post, "spend", reference="S-1", points=600, lock=True)

    answers = race(*[lock] * 4)

    assert statuses(answers) == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert till.balances()["locked"] == 600


def test_a_basket_that_is_settled_twice_at_once_earns_once(till):
    till.lock("S-1", 600, parentWalletTransactionReference="A-1")
    settle = partial(till.post, "settle", reference="A-1", basket=basket(5000))

    answers = race(*[settle] * 4)

    assert statuses(answers) == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert till.balances()["current"] == 450


def test_a_lock_is_either_settled_or_voided(till):
    till.lock("S-1", 600, parentWalletTransactionReference="A-1")

    settled, voided = race(
        partial(till.post, "settle", reference="A-1", basket=basket(0)),
        partial(till.post, "spend/void", reference="S-1"),
    )

    held = till.balances()
    assert held["locked"] == 0
    assert held["usable"] in (400, 1000)
    assert {settled.status_code, voided.status_code} <= {200, 423}


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("settle", {"basket": basket(5000)}),
        ("spend", {"points": 600, "lock": True}),
        ("spend", {"points": 600}),
    ],
)
def test_a_reference_that_two_wallets_use_at_once_is_one_wallet_s(till, call, body):
    other = second_shopper(till)
    other.gets(1000)
    till.call("open")  # which notes that the secret is in use

    answers = side_by_side(
        *[partial(each.post, call, reference="A-1", **body) for each in (till, other)]
    )

    assert statuses(answers) == [200, 409]
    (refused,) = [each.json() for each in answers if each.status_code == 409]
    assert refused["errorCode"] == "REFERENCE_TAKEN"
