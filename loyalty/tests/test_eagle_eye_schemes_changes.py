"""Eagle Eye's schemes are edited, listed and deleted, whoever made them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import ApiClient
from accounts.tests.factories import CardFactory
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    address,
    asked,
    changed,
    contract,
    definition_of,
    made,
    native,
    patched,
    put,
    refusal,
    said,
    shop,
    shown,
    without,
)
from schemes import operations
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.tests.factories import (
    CardDefinitionFactory,
)
from transactions import ledger
from transactions.models import Bucket

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def scheme(caller):
    return made(caller)


# --- Changes --------------------------------------------------------------------------


def test_a_put_replaces_the_whole_scheme(caller, scheme):
    body = asked("details.name", "Club Points")
    body["pendingPoints"] = None
    del body["services"]
    body["status"] = "INACTIVE"
    body["rates"]["earn"]["aeplc"]["default"]["rates"][0]["amount"] = 2

    answer = api.shown(put(caller, scheme, body))

    assert answer == shown(caller, scheme)
    assert answer["details"]["name"] == "Club Points"
    assert answer["services"]["expiryPoints"] is None
    assert answer["pendingPoints"]["enabled"] is False
    assert answer["version"] > scheme["version"]
    definition = definition_of(scheme)
    assert (definition.name, definition.scheme.name) == ("Club Points", "Club Points")
    assert (definition.status, definition.scheme.status) == ("INACTIVE", "INACTIVE")
    assert (definition.pending_mode, definition.expiry_mode) == ("IMMEDIATE", "NONE")
    assert EarnRate.objects.get().points == 2


@pytest.mark.parametrize("name", ["type", "class", "status", "details"])
def test_a_put_needs_what_a_new_scheme_needs(caller, scheme, name):
    answer = put(caller, scheme, without(contract("request"), name))

    assert f"{name}: This field is required." in said(answer)
    assert shown(caller, scheme) == scheme


def test_putting_what_is_shown_or_was_sent_changes_nothing(caller, scheme):
    for body in (scheme, contract("request"), contract("request")):
        assert api.shown(put(caller, scheme, body)) == scheme
    assert api.shown(caller.patch(address(scheme), {})) == scheme


def test_whoever_puts_what_is_stored_already_has_not_changed_it(caller, scheme):
    other = api.client(definition_of(scheme).scheme.unit)

    assert api.shown(put(other, scheme, contract("request"))) == scheme


def test_a_patch_changes_what_it_names_and_nothing_else(caller, scheme):
    answer = patched(caller, scheme, "details.screenMessage", "Hello")

    changing = ("details", "version", "lastUpdated")
    assert without(answer, *changing) == without(scheme, *changing)
    assert answer["details"] == {**scheme["details"], "screenMessage": "Hello"}
    assert answer["version"] == scheme["version"] + 1


def test_a_patch_merges_objects_and_replaces_lists(caller, scheme):
    band = {"amount": 5, "step": 1000}
    patched(caller, scheme, "rates.earn.aeplc.vip", {"rates": [band]})
    low = {"amount": 1, "step": 100, "ceiling": 999}
    high = {"amount": 2, "step": 100, "floor": 1000}
    answer = patched(caller, scheme, "rates.earn.aeplc.default", {"rates": [low, high]})

    rates = answer["rates"]["earn"]["aeplc"]
    assert [band["amount"] for band in rates["default"]["rates"]] == [1, 2]
    assert [band["amount"] for band in rates["vip"]["rates"]] == [5]
    assert rates["default"]["type"] == "STANDARD"


def test_a_patch_of_the_pending_period_keeps_its_criteria(caller):
    rule = {"enabled": True, "value": "5D", "criteria": {"minimumPoints": 500}}
    scheme = made(caller, asked("pendingPoints", rule))

    answer = patched(caller, scheme, "pendingPoints.value", "2W")

    assert answer["pendingPoints"] == {**rule, "value": "2W"}


@pytest.mark.parametrize("side", ["burn", "redemption"])
def test_a_patch_may_name_the_burn_rate_in_either_form(caller, scheme, side):
    bands = [{"floor": 500, "step": 50, "rate": 0.5}]
    value = {"aeplc": {"default": {"rates": bands}} if side == "burn" else bands}

    answer = patched(caller, scheme, f"rates.{side}", value)

    [band] = answer["rates"]["burn"]["aeplc"]["default"]["rates"]
    assert (band["floor"], band["step"], band["rate"]) == (500, 50, 0.5)
    assert answer["rates"]["redemption"]["aeplc"] == [band]
    assert BurnRate.objects.get().floor == 500


def test_what_is_shown_can_be_sent_back_with_only_the_burn_rate_changed(caller, scheme):
    body = shown(caller, scheme)
    body["rates"]["burn"]["aeplc"]["default"]["rates"][0]["floor"] = 200

    answer = api.shown(put(caller, scheme, body))

    assert answer["rates"]["redemption"]["aeplc"][0]["floor"] == 200


def test_a_patch_with_null_takes_a_rate_away(caller, scheme):
    patched(
        caller, scheme, "rates.earn.aeplc.vip", {"rates": [{"amount": 1, "step": 9}]}
    )

    answer = patched(caller, scheme, "rates.earn.aeplc.vip", None)

    assert list(answer["rates"]["earn"]["aeplc"]) == ["default"]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("details.name", None, "details.name"),
        ("details", None, "details"),
        ("pendingPoints.value", "5X", "pendingPoints.value"),
        ("services.expiryPoints.rule.periodCount", 0, "periodCount"),
        ("rates.earn.aeplc.default.rates", [{"amount": 0}], "rates[0].amount"),
        ("rates.earn.other", {}, "rates.earn.other"),
        ("colour", "red", "colour"),
        ("id", "999", "id"),
        ("dateCreated", "2020-01-01T00:00:00+00:00", "dateCreated"),
        ("lastUpdatedBy", 0, "lastUpdatedBy"),
    ],
)
def test_a_patch_that_is_refused_changes_nothing(caller, scheme, path, value, field):
    answer = caller.patch(address(scheme), changed({}, path, value))

    assert field in said(answer)
    assert shown(caller, scheme) == scheme


def test_a_change_of_another_version_is_a_conflict(caller, scheme):
    for version in (1, 3, "2", None, [2]):
        body = {"version": version, "custom": {"a": 1}}
        assert refusal(caller.patch(address(scheme), body)) == (409, "VERSION_CONFLICT")
        whole = {**contract("request"), "version": version}
        assert refusal(put(caller, scheme, whole)) == (409, "VERSION_CONFLICT")
    assert shown(caller, scheme) == scheme

    body = {"version": scheme["version"], "custom": {"a": 1}}
    assert api.shown(caller.patch(address(scheme), body))["custom"] == {"a": 1}


def test_points_that_were_granted_keep_their_dates(caller, scheme):
    card = CardFactory(definition=definition_of(scheme))
    ledger.earn(card=card, points=50, now=NOON)
    before = list(Bucket.objects.values())

    patched(caller, scheme, "pendingPoints.value", "3M")
    patched(caller, scheme, "services.expiryPoints.rule.periodCount", 12)

    assert list(Bucket.objects.values()) == before


def test_who_changed_it_last_and_when_is_shown(caller):
    first = ApiClient.objects.get()
    with time_machine.travel(NOON, tick=False) as clock:
        scheme = made(caller)
        assert scheme["dateCreated"] == "2026-03-02T12:00:00+00:00"
        assert scheme["lastUpdatedBy"] == first.pk

        clock.shift(timedelta(days=1))
        definition = definition_of(scheme)
        second = api.client(definition.scheme.unit)
        answer = patched(second, scheme, "custom", {"a": 1})
        assert answer["dateCreated"] == "2026-03-02T12:00:00+00:00"
        assert answer["lastUpdated"] == "2026-03-03T12:00:00+00:00"
        assert (
            answer["lastUpdatedBy"] == ApiClient.objects.exclude(pk=first.pk).get().pk
        )

        clock.shift(timedelta(days=1))
        operations.deactivate_scheme(scheme=definition.scheme)
        answer = shown(caller, scheme)
    assert answer["lastUpdated"] == "2026-03-04T12:00:00+00:00"
    assert (answer["lastUpdatedBy"], answer["status"]) == (0, "INACTIVE")


def test_the_history_names_the_client(caller, scheme):
    client = ApiClient.objects.get()
    history = definition_of(scheme).history.order_by("history_id")

    assert history.first().history_change_reason == f"client:{client.client_id}"


# --- Deleting -------------------------------------------------------------------------


def test_a_scheme_without_accounts_is_deleted(caller, scheme):
    assert caller.http.delete(address(scheme)).status_code == 204

    assert not Scheme.objects.exists()
    assert not CardDefinition.objects.exists()
    for method in ("get", "put", "patch", "delete"):
        answer = caller.send(method, address(scheme), contract("request"))
        assert refusal(answer) == (404, "NOT_FOUND")


def test_a_scheme_with_an_account_stays(caller, scheme):
    CardFactory(definition=definition_of(scheme))

    assert refusal(caller.http.delete(address(scheme))) == (409, "IN_USE")
    assert shown(caller, scheme) == scheme


def test_a_scheme_within_another_s_is_deleted_alone():
    definition, caller = native()
    sibling = CardDefinitionFactory(scheme=definition.scheme)
    CardFactory(definition=sibling)

    assert caller.http.delete(f"/schemes/{definition.pk}").status_code == 204

    assert list(CardDefinition.objects.all()) == [sibling]
