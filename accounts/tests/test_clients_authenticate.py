"""API clients get in with a live secret, from where they may, and nobody else does."""

from datetime import timedelta

import pytest

from accounts import clients
from accounts.models import ApiSecret
from loyalty.errors import Refusal

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

pytestmark = pytest.mark.django_db


def only_secret(client):
    return ApiSecret.objects.get(client=client)


def test_the_right_secret_gives_the_client_with_its_unit_in_one_query(
    make, enter, now, django_assert_num_queries
):
    client, secret = make()
    ApiSecret.objects.update(last_used_at=now)

    with django_assert_num_queries(1):
        found = enter(client.client_id, secret)
        assert found.unit.incoming_identifier

    assert found == client


def test_a_wrong_secret_and_an_unknown_client_are_told_alike_at_the_same_cost(
    make, enter, django_assert_num_queries
):
    client, secret = make()
    said = []

    for pair in ((client.client_id, "wrong"), ("lp_unknown", secret)):
        with django_assert_num_queries(1), pytest.raises(Refusal) as refusal:
            enter(*pair)
        said.append((refusal.value.status, refusal.value.key, refusal.value.message))

    assert said[0] == said[1]
    assert said[0][:2] == (401, "invalid_credentials")


@pytest.mark.parametrize("missing", ["client_id", "secret"])
def test_half_a_pair_is_not_authenticated(make, now, missing):
    client, secret = make()
    pair = {"client_id": client.client_id, "secret": secret, missing: ""}

    with pytest.raises(clients.NotAuthenticated) as refusal:
        clients.authenticate(**pair, address="", now=now)

    assert (refusal.value.status, refusal.value.key) == (401, "not_authenticated")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "é", "x" * 10_000, "%", "lp_\n"])
def test_strange_signs_are_wrong_credentials_and_no_error(make, enter, text):
    client, secret = make()

    for pair in ((text, secret), (client.client_id, text), (text, text)):
        with pytest.raises(clients.InvalidCredentials):
            enter(*pair)


def test_the_secret_of_one_client_does_not_open_another(make, enter):
    one, _ = make()
    _, secret = make()

    with pytest.raises(clients.InvalidCredentials):
        enter(one.client_id, secret)


def test_a_client_that_is_switched_off_is_refused_and_comes_back(make, enter):
    client, secret = make(is_active=False)

    with pytest.raises(clients.InvalidCredentials, match="switched off"):
        enter(client.client_id, secret)

    client.is_active = True
    clients.save_client(client=client)
    assert enter(client.client_id, secret) == client


def test_whoever_lacks_the_secret_is_not_told_that_a_client_is_off(make, enter):
    client, _ = make(is_active=False)

    with pytest.raises(clients.InvalidCredentials, match="wrong"):
        enter(client.client_id, "wrong")


@pytest.mark.parametrize(
    "address", ["10.1.255.9", "::ffff:10.1.0.1", "2001:db8::5", " 192.0.2.7 "]
)
def test_a_client_gets_in_from_its_networks(make, enter, address):
    networks = ["10.1.0.0/16", "2001:db8::/32", "192.0.2.7"]
    client, secret = make(allowed_addresses=networks)

    assert enter(client.client_id, secret, address=address) == client


@pytest.mark.parametrize("address", ["10.2.0.1", "::1", "", "unix:", "10.1.0.1, ::1"])
def test_a_client_is_refused_from_elsewhere_and_no_use_is_noted(make, enter, address):
    client, secret = make(allowed_addresses=["10.1.0.0/16"])

    with pytest.raises(clients.AddressNotAllowed) as refusal:
        enter(client.client_id, secret, address=address)

    assert (refusal.value.status, refusal.value.key) == (403, "address_not_allowed")
    assert only_secret(client).last_used_at is None


def test_a_client_without_networks_gets_in_from_anywhere(make, enter):
    client, secret = make()

    assert enter(client.client_id, secret, address="") == client


def test_the_use_of_a_secret_is_noted_once_a_minute(
    make, enter, now, django_assert_num_queries
):
    client, secret = make()
    times = {}

    for passed in (0 * MINUTE, MINUTE - TICK, MINUTE, 5 * MINUTE):
        enter(client.client_id, secret, at=now + passed)
        times[passed] = only_secret(client).last_used_at - now

    assert list(times.values()) == [0 * MINUTE, 0 * MINUTE, MINUTE, 5 * MINUTE]
    with django_assert_num_queries(1):
        enter(client.client_id, secret, at=now + 5 * MINUTE)
