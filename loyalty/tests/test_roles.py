"""The ready-made roles: only permissions there are, kept as the table says."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts.scopes import SCOPES
from loyalty import roles
from loyalty.api.authentication import STAFF_PERMISSIONS
from loyalty.roles import ADMINISTRATOR, AGENT, FINANCE, MANAGER, ROLES, VIEWER

pytestmark = pytest.mark.django_db

OURS = ("schemes", "accounts", "transactions")


def existing():
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def held(name):
    rows = Group.objects.get(name=name).permissions
    rows = rows.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def test_the_table_and_the_api_name_only_permissions_that_exist():
    named = set().union(*ROLES.values(), *STAFF_PERMISSIONS.values())
    assert named - existing() == set()


def test_every_role_says_what_it_is_for():
    assert set(roles.MEANINGS) == set(ROLES)


def test_every_act_of_ours_is_somebody_s():
    acts = {
        f"{model._meta.app_label}.{codename}"
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for codename, _ in model._meta.permissions
    }
    assert len(acts) == 16
    assert acts - ROLES[ADMINISTRATOR] == set()


def test_after_a_migrate_the_roles_are_groups_with_what_the_table_says():
    for name, permissions in ROLES.items():
        assert held(name) == permissions


def test_a_migrate_makes_what_is_missing_and_mends_what_was_changed():
    Group.objects.get(name=AGENT).delete()
    finance = Group.objects.get(name=FINANCE)
    finance.permissions.set(Permission.objects.filter(codename="delete_user"))
    own = Group.objects.create(name="Tills")
    own.permissions.set(Permission.objects.filter(codename="view_card"))
    call_command("migrate", verbosity=0)
    assert held(AGENT) == ROLES[AGENT]
    assert held(FINANCE) == ROLES[FINANCE]
    assert held("Tills") == {"accounts.view_card"}


def test_where_a_permission_is_not_made_yet_a_role_goes_without():
    Permission.objects.filter(codename="expire_bucket").delete()
    roles.sync()
    assert held(MANAGER) == ROLES[MANAGER] - {"transactions.expire_bucket"}


def test_each_role_may_what_those_below_it_may():
    assert ROLES[VIEWER] < ROLES[AGENT] < ROLES[MANAGER] < ROLES[ADMINISTRATOR]
    assert ROLES[VIEWER] < ROLES[FINANCE] < ROLES[ADMINISTRATOR]
    assert ROLES[FINANCE] - ROLES[MANAGER] == {
        "transactions.view_liability",
        "transactions.export_rows",
    }


def test_nobody_but_superusers_deletes_what_people_and_points_hang_on():
    deletes = {each for each in ROLES[ADMINISTRATOR] if ".delete_" in each}
    assert deletes == {
        "schemes.delete_earnrate",
        "schemes.delete_burnrate",
        "schemes.delete_unitaccess",
        "accounts.delete_identity",
    }


READS = {"schemes:read", "members:read", "cards:read", "points:read", "runs:read"}
SERVES = READS | {"members:write", "cards:write", "points:write"}
SCOPES_OF = {
    VIEWER: READS,
    AGENT: SERVES,
    # Expires buckets, too, which is part of the one scope.
    MANAGER: SERVES | {"schemes:write", "buckets:write"},
    FINANCE: READS,
    ADMINISTRATOR: set(SCOPES),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_through_the_api_as_far_as_in_the_admin(staff_client, role):
    user = staff_client(role).user
    may = {scope for scope in SCOPES if user.has_perms(STAFF_PERMISSIONS[scope])}
    assert may == SCOPES_OF[role]
