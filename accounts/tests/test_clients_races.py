"""Secrets that are added at once, and calls beside one another."""

import pytest
from django.db import connection, transaction

from accounts import clients
from accounts.models import ApiSecret
from loyalty.testing import race

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="the tests' SQLite database is in memory: its threads cannot race",
    ),
    pytest.mark.django_db(transaction=True),
]


def test_of_two_that_add_a_second_secret_at_once_one_is_refused(make, now):
    client, _ = make()

    outcomes = race(*[lambda: clients.add_secret(client=client, now=now)] * 2)

    refused = [isinstance(outcome, clients.TooManySecrets) for outcome in outcomes]
    assert sorted(refused) == [False, True]
    assert clients.live_secrets(client=client, now=now).count() == 2


def test_a_call_does_not_wait_for_another_that_is_noting_the_use(make, enter):
    client, secret = make()

    with transaction.atomic():
        ApiSecret.objects.select_for_update(no_key=True).get(client=client)
        [found] = race(lambda: enter(client.client_id, secret))

    assert found == client
    assert client.secrets.get().last_used_at is None
