"""Each role on each page of the admin: what is shown and done, and what is refused."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User

from accounts.models import ApiClient, Card, Member
from loyalty.roles import ADMINISTRATOR, AGENT, FINANCE, MANAGER, VIEWER
from loyalty.tests.staff_pages import make_shop
from schemes.models import CardDefinition, Scheme, Unit
from schemes.tests.admin_forms import admin_url, filled_in
from transactions.models import Bucket, Job, SweepRun, Transaction

pytestmark = pytest.mark.django_db

# v: see the list, the page and its history; a: add; c: change. Nobody of a role deletes.
EXPECTED = {
    #                  nobody    viewer   agent    manager  finance  administrator
    Unit: ("", "v", "v", "v", "v", "v"),
    Scheme: ("", "v", "v", "vac", "v", "vac"),
    CardDefinition: ("", "v", "v", "vac", "v", "vac"),
    Member: ("", "v", "vac", "vac", "v", "vac"),
    Card: ("", "v", "va", "va", "v", "va"),
    ApiClient: ("", "", "", "", "", "vac"),
    Bucket: ("", "v", "v", "v", "v", "v"),
    Transaction: ("", "v", "v", "v", "v", "v"),
    Job: ("", "v", "v", "v", "v", "v"),
    SweepRun: ("", "v", "v", "v", "v", "v"),
    User: ("", "", "", "", "", "vac"),
    Group: ("", "", "", "", "", ""),
}
ROLES = ("", VIEWER, AGENT, MANAGER, FINANCE, ADMINISTRATOR)


@pytest.fixture
def shop(db):
    return make_shop("Shop")


def status(response):
    return response.status_code


def test_the_table_has_every_page():
    assert set(EXPECTED) == set(admin.site._registry)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_a_role_sees_and_does_what_the_table_says_and_nothing_else(
    role, shop, staff_client
):
    client = staff_client(role, shop.unit)
    for model, of_roles in EXPECTED.items():
        may = of_roles[ROLES.index(role)]
        row = shop[model]
        seen = {
            status(client.get(admin_url(row, page)))
            for page in ("changelist", "change", "history")
        }
        # Some pages know no row that somebody may not see, and say so with a 302.
        assert seen == {200} if "v" in may else seen <= {403, 302}, model
        assert status(client.get(admin_url(row, "add"))) == (
            200 if "a" in may else 403
        ), model
        before = sorted(model._default_manager.values_list("pk", flat=True))
        if "c" in may:
            page = client.get(admin_url(row))
            sent = client.post(admin_url(row), filled_in(page))
            assert status(sent) == 302, (model, sent.context["errors"])
        else:
            assert status(client.post(admin_url(row), {"name": "x"})) == 403, model
        if "a" not in may:
            assert status(client.post(admin_url(row, "add"), {})) == 403, model
        for answer in (client.get, client.post):
            assert status(answer(admin_url(row, "delete"))) == 403, model
        client.post(
            admin_url(row, "changelist"),
            {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"},
        )
        after = sorted(model._default_manager.values_list("pk", flat=True))
        assert after == before, model


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_the_front_page_leads_to_what_a_role_may_see(role, shop, staff_client):
    page = staff_client(role, shop.unit).get("/admin/").content.decode()
    for model, of_roles in EXPECTED.items():
        leads = f'href="{admin_url(shop[model], "changelist")}"' in page
        assert leads == ("v" in of_roles[ROLES.index(role)]), model


def test_who_may_change_schemes_but_not_publish_leaves_the_status(shop, staff_client):
    client = staff_client(
        "",
        shop.unit,
        permissions=[
            "schemes.view_scheme",
            "schemes.change_scheme",
            "schemes.view_carddefinition",
            "schemes.change_carddefinition",
        ],
    )
    for model in (Scheme, CardDefinition):
        row = shop[model]
        data = filled_in(client.get(admin_url(row)), {"name": "New"})
        assert "status" not in data
        sent = client.post(admin_url(row), data | {"status": "DRAFT"})
        assert sent.status_code == 302
        row.refresh_from_db()
        assert (row.name, row.status) == ("New", "ACTIVE")


def test_how_much_a_sweep_did_is_for_superusers(shop, staff_client, admin_client):
    viewer = staff_client(VIEWER, shop.unit)
    for page in ("changelist", "change"):
        address = admin_url(shop[SweepRun], page)
        told = admin_client.get(address).content.decode()
        assert "4,321" in told
        assert "87,654" in told
        kept = viewer.get(address).content.decode()
        assert "4,321" not in kept
        assert "87,654" not in kept
