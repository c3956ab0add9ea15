"""Who lets people in: administrators, to their own units, to no more than they may."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from loyalty.admin.staff import roles_to_give, users_managed_by
from loyalty.roles import ADMINISTRATOR, AGENT, ROLES, VIEWER
from schemes.access import units_of
from schemes.models import UnitAccess
from schemes.tests.admin_forms import admin_url, errors_of, filled_in, sql_of
from schemes.tests.factories import UnitFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-passphrase"


@pytest.fixture
def unit():
    return UnitFactory()


@pytest.fixture
def browser(staff_client, unit):
    """An administrator of the unit, who is no superuser."""
    return staff_client(ADMINISTRATOR, unit)


@pytest.fixture
def agent(staff_client, unit):
    return staff_client(AGENT, unit).user


def role(name):
    return Group.objects.get(name=name)


def new_user(*groups, units):
    data = {
        "username": "new",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": [group.pk for group in groups],
        "unit_accesses-TOTAL_FORMS": len(units),
    }
    for number, unit in enumerate(units):
        data[f"unit_accesses-{number}-unit"] = unit.pk
    return data


def add(browser, data):
    address = admin_url(User(), "add")
    return browser.post(address, filled_in(browser.get(address), data))


def change(browser, user, data):
    address = admin_url(user)
    return browser.post(address, filled_in(browser.get(address), data))


# --- Letting somebody in --------------------------------------------------------------


def test_an_administrator_lets_somebody_in_to_their_unit_in_a_role(browser, unit):
    answer = add(browser, new_user(role(AGENT), units=[unit]))
    assert answer.status_code == 302
    user = User.objects.get(username="new")
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert user.groups.get() == role(AGENT)
    assert list(units_of(user)) == [unit]
    assert user.check_password(PASSWORD)
    assert browser.get(answer.url).status_code == 200


def test_nobody_is_let_in_to_no_unit_or_to_one_of_others(browser, unit):
    other = UnitFactory()
    for units in ([], [other], [unit, other]):
        answer = add(browser, new_user(role(AGENT), units=units))
        assert answer.status_code == 200
        assert not User.objects.filter(username="new").exists()
    assert other.name not in answer.content.decode()


def test_what_is_no_role_or_is_more_than_the_giver_may_is_not_given(
    browser, unit, staff_client
):
    tills = Group.objects.create(name="Tills")
    page = add(browser, new_user(tills, units=[unit]))
    assert "groups" in errors_of(page)
    # One who manages users and may nothing else gives no role at all.
    may = ["view_user", "add_user", "change_user"]
    limited = staff_client("", unit, permissions=[f"auth.{each}" for each in may])
    assert not roles_to_give(limited.user)
    page = add(limited, new_user(role(VIEWER), units=[unit]))
    assert "groups" in errors_of(page)
    assert not User.objects.filter(username="new").exists()
    assert {each.name for each in roles_to_give(browser.user)} == set(ROLES)


def test_a_superuser_lets_anybody_in_anywhere(admin_client):
    tills = Group.objects.create(name="Tills")
    units = [UnitFactory(), UnitFactory()]
    assert add(admin_client, new_user(tills, units=units)).status_code == 302
    assert set(units_of(User.objects.get(username="new"))) == set(units)


# --- Changing what somebody may -------------------------------------------------------


def test_an_administrator_changes_the_role_of_their_staff(browser, agent):
    sent = {"groups": [role(VIEWER).pk], "first_name": "Ada"}
    assert change(browser, agent, sent).status_code == 302
    agent.refresh_from_db()
    assert agent.first_name == "Ada"
    assert agent.groups.get() == role(VIEWER)


def test_nobody_makes_superusers_or_gives_single_permissions(browser, agent):
    for user in (agent, browser.user):
        sent = {
            "is_superuser": "on",
            "is_staff": "on",
            "user_permissions": [Permission.objects.get(codename="delete_user").pk],
        }
        assert change(browser, user, sent).status_code == 302
        user.refresh_from_db()
        assert not user.is_superuser
        assert not user.user_permissions.exists()


def test_the_last_unit_of_somebody_is_not_taken(browser, agent, unit):
    page = change(browser, agent, {"unit_accesses-0-DELETE": "on"})
    assert page.status_code == 200
    assert list(units_of(agent)) == [unit]


def test_nobody_is_given_a_unit_of_others(browser, agent, unit):
    sent = {
        "unit_accesses-TOTAL_FORMS": 2,
        "unit_accesses-1-unit": UnitFactory().pk,
        "unit_accesses-1-user": agent.pk,
    }
    assert change(browser, agent, sent).status_code == 200
    assert list(units_of(agent)) == [unit]


def _of_another_unit(unit, user):
    UnitAccess.objects.filter(user=user).update(unit=UnitFactory())


def _of_another_unit_as_well(unit, user):
    UnitAccess.objects.create(user=user, unit=UnitFactory())


def _of_no_unit(unit, user):
    UnitAccess.objects.filter(user=user).delete()


def _superuser(unit, user):
    user.is_superuser = True
    user.save()


def _with_a_permission_of_their_own(unit, user):
    user.user_permissions.add(Permission.objects.get(codename="delete_user"))


def _in_another_group(unit, user):
    user.groups.add(Group.objects.create(name="Tills"))


def _in_another_group_and_inactive(unit, user):
    _in_another_group(unit, user)
    user.is_active = False
    user.save()


BEYOND = (
    _of_another_unit,
    _of_another_unit_as_well,
    _of_no_unit,
    _superuser,
    _with_a_permission_of_their_own,
    _in_another_group,
    _in_another_group_and_inactive,
)


@pytest.mark.parametrize("become", BEYOND, ids=lambda each: each.__name__[1:])
def test_who_may_more_or_works_elsewhere_is_left_to_superusers(
    become, browser, admin_client, agent, unit
):
    assert agent in users_managed_by(browser.user)
    sent = filled_in(browser.get(admin_url(agent)), {"email": "mine@example.com"})
    become(unit, agent)
    before = User.objects.filter(pk=agent.pk).values().get()
    groups = set(agent.groups.all())

    password = reverse("admin:auth_user_password_change", args=(agent.pk,))
    new = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    for address, data in ((admin_url(agent), sent), (password, new)):
        for answer in (browser.get(address), browser.post(address, data)):
            assert answer.status_code in {302, 404}
    listed = browser.get(admin_url(agent, "changelist")).context["cl"].result_list
    assert agent not in listed
    assert User.objects.filter(pk=agent.pk).values().get() == before
    assert set(agent.groups.all()) == groups

    assert admin_client.get(admin_url(agent)).status_code == 200


def test_an_administrator_sets_the_password_of_their_staff(browser, agent):
    address = reverse("admin:auth_user_password_change", args=(agent.pk,))
    new = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post(address, new).status_code == 302
    agent.refresh_from_db()
    assert agent.check_password(PASSWORD)


def test_nobody_but_superusers_deletes_users(browser, admin_client, agent):
    assert browser.post(admin_url(agent, "delete"), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": agent.pk, "post": "yes"}
    browser.post(admin_url(agent, "changelist"), chosen)
    assert User.objects.filter(pk=agent.pk).exists()
    admin_client.post(admin_url(agent, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=agent.pk).exists()


def test_the_list_names_everybody_s_roles_in_as_many_queries_for_ten_as_for_two(
    browser, agent, staff_client, unit
):
    few = sql_of(browser, admin_url(agent, "changelist"))
    for _ in range(8):
        staff_client(VIEWER, unit)
    assert len(sql_of(browser, admin_url(agent, "changelist"))) == len(few)
    page = browser.get(admin_url(agent, "changelist")).content.decode()
    assert page.count(f">{VIEWER}<") == 8


def test_groups_are_for_superusers_whatever_else_somebody_may(
    staff_client, admin_client, unit
):
    may = ["auth.view_group", "auth.add_group", "auth.change_group"]
    client = staff_client(ADMINISTRATOR, unit, permissions=may)
    for page in ("changelist", "change", "add", "delete"):
        assert client.get(admin_url(role(VIEWER), page)).status_code == 403
        assert client.post(admin_url(role(VIEWER), page), {}).status_code == 403
        assert admin_client.get(admin_url(role(VIEWER), page)).status_code == 200
