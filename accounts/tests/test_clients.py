"""What an API client is made of, how its secrets come and go, what is kept of them."""

import base64
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import clients
from accounts.models import ApiClient, ApiSecret
from accounts.scopes import SCOPES
from loyalty.errors import BadInput

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def only_secret(client):
    return ApiSecret.objects.get(client=client)


def test_a_client_id_and_a_secret_have_their_forms(make):
    client, secret = make()

    assert re.fullmatch(r"lp_[a-z0-9]{20}", client.client_id)
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert clients.token(client=client, secret=secret) == f"{client.client_id}.{secret}"


def test_a_token_is_split_into_what_it_was_made_of(make):
    client, secret = make()

    split = clients.split_token(clients.token(client=client, secret=secret))

    assert split == (client.client_id, secret)
    assert clients.split_token("no-dot") == ("no-dot", "")


def test_no_column_holds_the_secret(make):
    client, secret = make()
    rows = [*ApiClient.objects.values(), *ApiSecret.objects.values()]

    assert not [row for row in rows for value in row.values() if secret in str(value)]
    kept = only_secret(client)
    assert (kept.prefix, kept.last4) == (secret[:4], secret[-4:])
    assert kept.digest == clients.digest(secret)


def test_another_pepper_gives_another_digest(settings):
    before = clients.digest("secret")
    settings.API_SECRET_PEPPER += "!"

    assert clients.digest("secret") != before


def test_a_new_secret_key_leaves_secrets_valid_while_the_pepper_stays(settings):
    before = clients.digest("secret")
    settings.SECRET_KEY = "another"

    assert clients.digest("secret") == before


def test_lists_are_kept_without_doubles_and_addresses_as_networks(make):
    client, _ = make(
        scopes=["points:read", "points:write", "points:read"],
        allowed_addresses=["10.0.0.1", " 10.0.0.1/32", "2001:DB8::/32"],
    )
    client.refresh_from_db()

    assert client.scopes == ["points:read", "points:write"]
    assert client.allowed_addresses == ["10.0.0.1/32", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "n" * 201),
        ("scopes", []),
        ("scopes", ["points:burn"]),
        ("scopes", [5]),
        ("rate_limit", 0),
        ("rate_limit", -1),
        ("allowed_addresses", ["10.0.0.256"]),
        ("allowed_addresses", ["10.0.0.1/8"]),
        ("allowed_addresses", ["shop.example"]),
        ("allowed_addresses", [""]),
        ("expires_at", "now"),
    ],
)
def test_a_client_that_makes_no_sense_is_refused_whole(make, now, field, value):
    value = now if value == "now" else value

    with pytest.raises(BadInput) as refusal:
        make(**{field: value})

    assert refusal.value.field == field
    assert not ApiClient.objects.exists()


def test_a_refusal_says_which_scope_there_is_not(make):
    with pytest.raises(BadInput, match="no such scope: points:burn"):
        make(scopes=["points:read", "points:burn"])


def test_every_scope_can_be_granted_and_has_a_meaning(make):
    client, _ = make(scopes=SCOPES)

    assert client.scopes == list(SCOPES)
    assert all(meaning.endswith(".") for meaning in SCOPES.values())


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (ApiClient, {"rate_limit": 0}),
        (ApiClient, {"name": ""}),
        (ApiClient, {"client_id": ""}),
        (ApiSecret, {"digest": ""}),
        (ApiSecret, {"expires_at": "2020-01-01T00:00Z"}),
    ],
)
def test_the_database_refuses_what_cannot_be(make, model, change):
    make()

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**change)


def test_two_secrets_work_side_by_side_and_a_third_is_refused(make, enter, now):
    client, old = make()
    _, new = clients.add_secret(client=client, now=now)

    with pytest.raises(clients.TooManySecrets) as refusal:
        clients.add_secret(client=client, now=now)

    assert (refusal.value.status, refusal.value.key) == (409, "too_many_secrets")
    assert enter(client.client_id, old) == enter(client.client_id, new) == client


def test_a_revoked_secret_opens_nothing_and_makes_room_for_another(make, enter, now):
    client, old = make()
    kept, new = clients.add_secret(client=client, now=now)

    clients.revoke_secret(secret=client.secrets.earliest("pk"), now=now)

    with pytest.raises(clients.InvalidCredentials):
        enter(client.client_id, old)
    assert enter(client.client_id, new) == client
    assert list(clients.live_secrets(client=client, now=now)) == [kept]
    clients.add_secret(client=client, now=now)


def test_a_secret_that_is_revoked_again_keeps_its_first_moment(make, now):
    client, _ = make()
    secret = only_secret(client)

    clients.revoke_secret(secret=secret, now=now)
    clients.revoke_secret(secret=secret, now=now + DAY)

    assert secret.revoked_at == only_secret(client).revoked_at == now


def test_a_secret_works_until_just_before_its_end(make, enter, now):
    client, secret = make(expires_at=now + DAY)

    assert enter(client.client_id, secret, at=now + DAY - TICK) == client
    with pytest.raises(clients.InvalidCredentials):
        enter(client.client_id, secret, at=now + DAY)


def test_a_secret_that_has_ended_makes_room_for_another(make, now):
    client, _ = make(expires_at=now + DAY)
    clients.add_secret(client=client, now=now)

    with pytest.raises(clients.TooManySecrets):
        clients.add_secret(client=client, now=now + DAY - TICK)
    clients.add_secret(client=client, now=now + DAY)
