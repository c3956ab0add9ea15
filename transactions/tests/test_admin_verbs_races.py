"""Confirmations at once: a double click, and two colleagues on one card."""

from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from loyalty.testing import race
from transactions import ledger
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up, card_with
from transactions.tests.verb_pages import REASON, confirmed, opened, shown

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_database"),
]


@pytest.fixture
def card(shared_database):
    card = card_with()
    ledger.credit(card=card, points=500, now=timezone.now())
    return card


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_a_double_click_books_once(card, verb):
    user = User.objects.create_superuser("anna")
    browsers = [browser_of(user) for _ in range(3)]
    address = opened(browsers[0], card, verb)
    page = shown(browsers[0], address, points="300")
    answers = race(
        *(
            partial(confirmed, browser, address, page, points="300")
            for browser in browsers
        )
    )
    assert [answer.status_code for answer in answers] == [302] * 3
    assert Transaction.objects.filter(card=card, reason=REASON).count() == 1
    assert_adds_up(card)


def test_two_who_take_the_same_points_see_what_is_left(card):
    """The second one sees other figures than those that were confirmed."""
    calls = []
    for name in ("anna", "ben"):
        browser = browser_of(User.objects.create_superuser(name))
        address = opened(browser, card, "debit")
        page = shown(browser, address, points="200")
        calls.append(partial(confirmed, browser, address, page, points="200"))
    answers = race(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert Transaction.objects.filter(card=card, reason=REASON).count() == 1
    assert_adds_up(card)
