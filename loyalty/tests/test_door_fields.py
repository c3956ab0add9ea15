"""What other vendors' APIs keep with an object stays as it is when ours edits it."""

import pytest

from accounts.tests.factories import IdentityFactory
from loyalty.tests.api import client, refusal, shown
from schemes.tests.admin_forms import admin_url, filled_in
from transactions import ledger

pytestmark = pytest.mark.django_db
KEPT = {"eagle_eye": {"printerMessage": "Thank you", "codes": [1, None, {"a": "ü"}]}}


@pytest.fixture
def kept(simple_card):
    """A card, and all that may have fields of other APIs, each with some."""
    definition, member = simple_card.definition, simple_card.member
    objects = {
        "scheme": definition.scheme,
        "definition": definition,
        "member": member,
        "card": simple_card,
        "identity": IdentityFactory(member=member),
    }
    for each in objects.values():
        type(each).objects.filter(pk=each.pk).update(door_fields=KEPT)
    return objects


@pytest.fixture
def api(simple_card):
    return client(simple_card.member.unit)


def check(kept):
    for name, each in kept.items():
        each.refresh_from_db()
        assert each.door_fields == KEPT, name


def test_edits_by_the_api_leave_them_alone(api, kept):
    scheme, definition = kept["scheme"], kept["definition"]
    member, card = kept["member"], kept["card"]

    shown(api.patch(f"schemes/{scheme.uuid}/", {"name": "Renamed"}))
    shown(api.post(f"schemes/{scheme.uuid}/deactivate/"))
    shown(api.post(f"schemes/{scheme.uuid}/activate/"))
    shown(api.patch(f"card-definitions/{definition.uuid}/", {"name": "Renamed"}))
    shown(api.post(f"card-definitions/{definition.uuid}/deactivate/"))
    shown(api.patch(f"members/{member.uuid}/", {"name": "Renamed"}))
    shown(api.post(f"cards/{card.uuid}/block/"))
    shown(api.post(f"cards/{card.uuid}/replace/", {}))

    check(kept)


def test_edits_in_the_admin_leave_them_alone(client, django_user_model, kept):
    client.force_login(django_user_model.objects.create_superuser("admin"))

    for name in ("scheme", "definition", "member"):
        address = admin_url(kept[name])
        sent = filled_in(client.get(address), {"name": f"Renamed {name}"})
        assert client.post(address, sent).status_code == 302
        kept[name].refresh_from_db()
        assert kept[name].name == f"Renamed {name}"

    check(kept)


def test_points_that_move_leave_them_alone(kept, now):
    card = kept["card"]
    type(card.definition).objects.update(allow_negative=True)

    ledger.debit(card=card, points=5, now=now)
    ledger.earn(card=card, points=9, now=now)

    check(kept)


def test_our_own_api_neither_shows_nor_takes_them(api, kept):
    for address in (
        f"schemes/{kept['scheme'].uuid}/",
        f"card-definitions/{kept['definition'].uuid}/",
        f"members/{kept['member'].uuid}/",
        f"cards/{kept['card'].uuid}/",
    ):
        assert "door_fields" not in shown(api.get(address))
    for address in (
        f"schemes/{kept['scheme'].uuid}/",
        f"members/{kept['member'].uuid}/",
    ):
        response = api.patch(address, {"door_fields": {}})
        assert refusal(response) == (400, "invalid_input")
    check(kept)
