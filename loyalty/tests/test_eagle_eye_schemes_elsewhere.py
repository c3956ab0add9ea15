"""Schemes that another API made are Eagle Eye's too, in full, and survive its edits."""

from datetime import UTC, datetime

import pytest

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import (
    contract,
    made,
    native,
    patched,
    shop,
    shown,
    without,
)
from schemes.models import CardDefinition, EarnRate, Scheme
from schemes.tests.factories import (
    CardDefinitionFactory,
    EarnRateFactory,
)

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def scheme(caller):
    return made(caller)


def test_a_scheme_that_was_made_elsewhere_is_shown_in_full():
    definition, caller = native(recipe=True, name="Gold", allow_negative=True)

    answer = shown(caller, {"id": definition.pk})

    expected = contract("response")
    assert set(answer) == {*expected, "negativeBalance"}
    assert answer["negativeBalance"] == {"enabled": True}
    assert answer["reference"] == "NATIVE"
    assert answer["details"] == {
        **expected["details"],
        "name": "Gold",
        "description": None,
        "startDate": "2020-01-01T00:00:00+00:00",
        "endDate": None,
    }
    assert (answer["status"], answer["lastUpdatedBy"]) == ("ACTIVE", 0)
    own = definition.scheme.unit.incoming_identifier
    for side in ("earn", "burn", "redemption"):
        assert answer["rates"][side][own] == expected["rates"][side]["aeplc"]
    for name in ("services", "rules", "pendingPoints", "accountClientType"):
        assert answer[name] == expected[name]


UNSPOKEN = {
    "calendar": {
        "expiry_mode": "CALENDAR",
        "expiry_dates": [{"month": 12, "day": 31}],
    },
    "sliding": {"expiry_mode": "SLIDING", "expiry_period": "1Y"},
    "quarter": {
        "expiry_mode": "ROLLING",
        "expiry_period": "6M",
        "expiry_rounding": "QUARTER",
    },
    "activated": {
        "expiry_mode": "ROLLING",
        "expiry_period": "6M",
        "expiry_from": "ACTIVATED",
    },
    "event": {
        "pending_mode": "EVENT_BASED",
        "pending_events": ["delivered"],
        "pending_deadline": "30D",
    },
    "hours": {"pending_mode": "PERIOD_BASED", "pending_period": "36H"},
    "next day": {
        "pending_mode": "PERIOD_BASED",
        "pending_period": "5D",
        "pending_rounds_up": True,
    },
    "fraction": {"scheme__starts_at": NOON},
    "draft": {"status": "DRAFT"},
    "sleeping": {"scheme__status": "INACTIVE"},
}


@pytest.mark.parametrize("rules", UNSPOKEN.values(), ids=UNSPOKEN)
def test_rules_this_api_has_no_words_for_survive_every_edit_of_others(rules):
    definition, caller = native(**rules)
    before = CardDefinition.objects.values().get()
    scheme_before = Scheme.objects.values().get()
    at = f"/schemes/{definition.pk}"
    scheme = api.shown(caller.get(at))

    assert api.shown(caller.send("put", at, scheme)) == scheme
    answer = api.shown(caller.patch(at, {"custom": {"a": 1}}))
    assert api.shown(caller.send("put", at, {**answer, "tags": []}))["tags"] == []

    after = CardDefinition.objects.values().get()
    assert without(after, "door_fields") == without(before, "door_fields")
    stored = Scheme.objects.values().get()
    assert without(stored, "version") == without(scheme_before, "version")


@pytest.mark.parametrize(
    ("name", "type_"), [("calendar", "CALENDAR"), ("sliding", "SLIDING")]
)
def test_an_expiry_without_a_word_has_our_own_and_can_be_replaced(name, type_):
    definition, caller = native(**UNSPOKEN[name])
    scheme = shown(caller, {"id": definition.pk})
    rule = contract("request")["services"]["expiryPoints"]["rule"]

    assert scheme["services"]["expiryPoints"]["rule"]["type"] == type_
    answer = patched(caller, scheme, "services.expiryPoints.rule", rule)

    assert answer["services"]["expiryPoints"]["rule"] == rule
    assert CardDefinition.objects.get().expiry_mode == "ROLLING"


def test_of_two_definitions_in_one_scheme_only_the_named_one_is_renamed_and_shut():
    definition, caller = native(name="Gold")
    sibling = CardDefinitionFactory(scheme=definition.scheme, name="Silver")
    at = f"/schemes/{definition.pk}"

    change = {"status": "INACTIVE", "details": {"name": "Platinum"}}
    answer = api.shown(caller.patch(at, change))

    assert (answer["status"], answer["details"]["name"]) == ("INACTIVE", "Platinum")
    other = api.shown(caller.get(f"/schemes/{sibling.pk}"))
    assert (other["status"], other["details"]["name"]) == ("ACTIVE", "Silver")
    assert Scheme.objects.get().name == "Retail Points"


def test_rates_for_other_identifiers_stay_and_may_be_edited():
    definition, caller = native()
    EarnRateFactory(card_definition=definition, incoming_identifier="banner")
    scheme = shown(caller, {"id": definition.pk})

    patched(caller, scheme, "custom", {"a": 1})
    answer = patched(
        caller,
        scheme,
        "rates.earn.banner.default.rates",
        [{"amount": 7, "step": 100}],
    )

    assert answer["rates"]["earn"]["banner"]["default"]["rates"][0]["amount"] == 7
    assert EarnRate.objects.count() == 2
