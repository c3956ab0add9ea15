"""The demo shop is there behind every door, with the same figures."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.models import Card
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.ids import Kind
from loyalty.tests.api import client
from transactions import balances, demo

TODAY = datetime(2025, 7, 20, 15, tzinfo=UTC)


@pytest.fixture
def card(db):
    """The card of the demo shop's first member, at a moment at which points wait."""
    with time_machine.travel(TODAY, tick=False):
        demo.Demo(now=TODAY, members=6).build()
        cards = Card.objects.select_related("member__unit", "definition__scheme")
        yield max(cards, key=lambda card: held_by(card).pending)


def held_by(card):
    return balances.balance(card=card, at=TODAY, now=TODAY)


def get(card, address, **parameters):
    answer = client(card.member.unit).get(address, **parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_there_is_something_to_see(card):
    assert held_by(card).pending > 0


def test_voucherify_s_clients_see_the_demo_shop(card):
    scheme = card.definition.scheme
    programs = get(card, "/v2/loyalties/programs", limit=100)["data"]
    program = ids.write(Kind.PROGRAM, scheme.uuid)
    assert (program, scheme.name) in [(each["id"], each["name"]) for each in programs]
    member = get(
        card,
        f"/v2/loyalties/programs/{program}/memberships/{card.member.external_id}",
    )
    (shown,) = [
        each["card"]
        for each in member["cards"]
        if each["card"]["id"] == ids.write(Kind.CARD, card.uuid)
    ]
    held = held_by(card)
    assert shown["balance"] == {"points": held.active, "pending_points": held.pending}


def test_eagle_eye_s_clients_see_the_demo_shop(card):
    schemes = get(card, "/schemes/points")["results"]
    assert str(card.definition_id) in [scheme["id"] for scheme in schemes]
    account = get(card, f"/wallet/{card.member_id}/account/{card.pk}")
    held = held_by(card)
    assert account["balances"]["pending"] == held.pending
    assert account["balances"]["usable"] == held.active


def test_engage_s_clients_see_the_demo_shop(card):
    accounts = get(card, "/api/v3/point-accounts", contactId=card.member.uuid)
    (shown,) = [each for each in accounts if each["id"] == str(card.uuid)]
    held = held_by(card)
    assert (shown["balance"], shown["pendingPoints"]) == (held.active, held.pending)
