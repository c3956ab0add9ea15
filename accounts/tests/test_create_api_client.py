"""`manage.py create_api_client` makes a client that gets in, or says why it does not."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient
from accounts.scopes import SCOPES
from schemes.tests.factories import UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unit():
    return UnitFactory(name="Aeplc", incoming_identifier="aeplc")


def run(*arguments, unit="aeplc", name="Till"):
    out = StringIO()
    given = ["--name", name, "--unit", unit, *arguments]
    call_command("create_api_client", *given, stdout=out)
    return out.getvalue()


def test_json_is_one_object_whose_token_gets_in(unit):
    answer = json.loads(run("--json"))

    assert list(answer) == ["client_id", "secret", "token"]
    assert clients.split_token(answer["token"]) == (
        answer["client_id"],
        answer["secret"],
    )
    client = clients.authenticate(
        client_id=answer["client_id"],
        secret=answer["secret"],
        address="192.0.2.1",
        now=timezone.now(),
    )
    assert (client.name, client.unit) == ("Till", unit)


def test_a_client_has_all_scopes_when_none_is_named():
    run()

    client = ApiClient.objects.get()
    assert client.scopes == list(SCOPES)
    assert client.rate_limit is None
    assert client.allowed_addresses == []
    assert client.allow_eagle_eye_hash is False


def test_options_become_the_client_s():
    run(
        *("--scope", "points:read", "--scope", "cards:read"),
        *("--address", "10.0.0.0/8", "--address", "192.0.2.1"),
        *("--rate-limit", "600", "--allow-eagle-eye-hash"),
    )

    client = ApiClient.objects.get()
    assert client.scopes == ["points:read", "cards:read"]
    assert client.allowed_addresses == ["10.0.0.0/8", "192.0.2.1/32"]
    assert client.rate_limit == 600
    assert client.allow_eagle_eye_hash is True


def test_the_text_says_that_the_secret_is_shown_only_once():
    said = run()

    client = ApiClient.objects.get()
    assert "Till may call the API for Aeplc (aeplc)." in said
    assert f"Client id: {client.client_id}\n" in said
    assert f"Token:     {client.client_id}." in said
    assert "shown only this once" in said


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {"unit": "other"}, 'There is no business unit "other".'),
        (("--scope", "points:burn"), {}, "There is no such scope: points:burn."),
        (("--address", "10.0.0.300"), {}, '"10.0.0.300" is not an address'),
        (("--rate-limit", "0"), {}, "The rate limit: "),
        ((), {"name": " "}, "The name: "),
    ],
)
def test_what_makes_no_sense_is_said_and_makes_no_client(arguments, options, message):
    with pytest.raises(CommandError) as error:
        run(*arguments, **options)

    assert message in str(error.value)
    assert not ApiClient.objects.exists()


def test_the_text_says_that_this_secret_signs_where_the_hash_is_allowed():
    assert "sign requests with Eagle Eye's hash" in run("--allow-eagle-eye-hash")
    assert "Eagle Eye" not in run(name="Another")
