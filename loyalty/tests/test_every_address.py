"""Every address of the admin, tried by whoever has no business there.

The list is Django's own table of addresses, so a page that somebody adds is tried too.
"""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User

from accounts.models import ApiSecret
from loyalty.roles import AGENT, VIEWER
from loyalty.tests.addresses import addresses, row_of
from loyalty.tests.staff_pages import make_shop
from schemes.models import Scheme, Unit
from transactions.models import Bucket, SweepRun

pytestmark = pytest.mark.django_db

# What anybody who may log in is shown: nothing of a unit stands there.
OPEN_TO_STAFF = {
    "index",
    "find",
    "search",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "jsi18n",
}
# Enough for most forms to do something, if they were reached.
SENT = {
    "_confirm": "1",
    "_form_submitted": "on",
    "post": "yes",
    "action": "delete_selected",
    "reason": "Because",
    "points": "5",
    "order_reference": "Theirs-order",
    "code": "777",
    "name": "Changed",
    "status": "INACTIVE",
    "reference": "NEW",
    "days": "1",
    "everything": "1",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
}


def everything():
    """All rows of all tables but the diary of who logged in."""
    return {
        model: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in {"schemes", "accounts", "transactions"}
        or model in {User, Group}
    }


@pytest.fixture
def shop(db):
    return make_shop("Theirs")


def answers(client, shop):
    """What each address answers to reading and to sending; the last is the log-out's."""
    ordered = sorted(addresses(shop), key=lambda each: each[1] == "logout")
    for address, name in ordered:
        row = row_of(address[1:], shop)
        sent = {**SENT, "_selected_action": row.pk, "secret": row.pk}
        sent["buckets"] = shop[Bucket].pk
        if name != "logout":
            yield address, name, client.get(address)
        yield address, name, client.post(address, sent)


def test_the_addresses_are_those_of_the_admin(shop, admin_client):
    found = dict(addresses(shop))
    assert len(found) > 100
    for name in ("pending_bulk", "monitoring_run", "import", "publish", "give_back"):
        assert [each for each in found.values() if each.endswith(name)], name
    # The superuser is led astray by none of them: a test of nowhere would prove nothing.
    lost = {
        address: name
        for address, name in found.items()
        if admin_client.get(address).status_code == 404
    }
    assert set(lost.values()) == {"", "view_on_site"}


def test_strangers_are_led_to_the_log_in_from_everywhere(client, shop):
    before = everything()
    for address, name, answer in answers(client, shop):
        if name in {"login", "jsi18n", "logout", "set_language"}:
            continue
        assert answer.status_code in {302, 403, 404, 405}, (address, answer.status_code)
        if answer.status_code == 302:
            assert answer.url.startswith(("/admin/login/", f"{address}/")), address
        assert b"Theirs" not in answer.content, address
    assert everything() == before


def test_staff_without_a_role_reach_nothing_though_they_work_for_the_unit(
    staff_client, shop
):
    client = staff_client("", shop.unit)
    before = everything()
    for address, name, answer in answers(client, shop):
        assert b"Theirs" not in answer.content, address
        if name not in OPEN_TO_STAFF and address != "/admin/search/":
            assert answer.status_code in {302, 403, 404, 405}, (
                address,
                answer.status_code,
            )
    assert everything() == before


def test_an_agent_of_another_unit_reads_nothing_and_changes_nothing(staff_client, shop):
    client = staff_client(AGENT, make_shop("Mine").unit)
    before = everything()
    for address, _, answer in answers(client, shop):
        assert answer.status_code in {200, 302, 403, 404, 405}, (
            address,
            answer.status_code,
        )
        assert b"Theirs" not in answer.content, address
    assert everything() == before


def test_a_viewer_changes_nothing_whatever_is_sent(staff_client, shop):
    client = staff_client(VIEWER, shop.unit)
    before = everything()
    for address, _, answer in answers(client, shop):
        assert answer.status_code in {200, 302, 403, 404, 405}, (
            address,
            answer.status_code,
        )
    assert everything() == before


def test_what_is_sent_would_change_something(admin_client, shop):
    before = everything()
    for address, _, answer in answers(admin_client, shop):
        assert answer.status_code < 500, address
    after = everything()
    for model in (Scheme, Unit, Group, ApiSecret, SweepRun):
        assert after[model] != before[model], model
