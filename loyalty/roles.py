"""The ready-made roles of staff: which of them may do what.

Each role is one of Django's groups, made and kept as this table says after every
migrate. A shop that wants another mix makes a group of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.apps import apps as all_apps
from django.utils.translation import gettext_lazy as _

VIEWER, AGENT, MANAGER = "Viewer", "Agent", "Manager"
FINANCE, ADMINISTRATOR = "Finance", "Administrator"

_SEE = frozenset(
    {
        "schemes.view_unit",
        "schemes.view_scheme",
        "schemes.view_carddefinition",
        "schemes.view_earnrate",
        "schemes.view_burnrate",
        "accounts.view_member",
        "accounts.view_identity",
        "accounts.view_card",
        "transactions.view_bucket",
        "transactions.view_transaction",
        "transactions.view_allocation",
        "transactions.view_job",
        "transactions.view_sweeprun",
    }
)
_SERVE_CUSTOMERS = frozenset(
    {
        "accounts.add_member",
        "accounts.change_member",
        "accounts.add_identity",
        "accounts.delete_identity",
        "accounts.add_card",
        "accounts.change_card",
        "accounts.adjust_points",
        "accounts.refund_order",
        "accounts.block_card",
        "accounts.replace_card",
        "transactions.activate_bucket",
        "transactions.cancel_bucket",
        "transactions.reschedule_bucket",
        "transactions.give_back_spend",
    }
)
_RUN_SCHEMES = frozenset(
    {
        "schemes.add_scheme",
        "schemes.change_scheme",
        "schemes.add_carddefinition",
        "schemes.change_carddefinition",
        "schemes.add_earnrate",
        "schemes.change_earnrate",
        "schemes.delete_earnrate",
        "schemes.add_burnrate",
        "schemes.change_burnrate",
        "schemes.delete_burnrate",
        "schemes.publish_scheme",
        "schemes.simulate_scheme",
        "transactions.expire_bucket",
        "transactions.import_rows",
        "transactions.view_monitoring",
        "transactions.retry_request",
    }
)
_KEEP_BOOKS = frozenset({"transactions.view_liability", "transactions.export_rows"})
_LET_IN = frozenset(
    {
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "schemes.view_unitaccess",
        "schemes.add_unitaccess",
        "schemes.change_unitaccess",
        "schemes.delete_unitaccess",
        "accounts.view_apiclient",
        "accounts.add_apiclient",
        "accounts.change_apiclient",
        "accounts.view_apisecret",
    }
)

ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        VIEWER: _SEE,
        AGENT: _SEE | _SERVE_CUSTOMERS,
        MANAGER: _SEE | _SERVE_CUSTOMERS | _RUN_SCHEMES,
        FINANCE: _SEE | _KEEP_BOOKS,
        ADMINISTRATOR: _SEE | _SERVE_CUSTOMERS | _RUN_SCHEMES | _KEEP_BOOKS | _LET_IN,
    }
)

# What each role is for, in words few enough for a telephone.
MEANINGS: Mapping[str, Any] = MappingProxyType(
    {
        VIEWER: _("looks, changes nothing"),
        AGENT: _("serves customers"),
        MANAGER: _("an agent who runs schemes"),
        FINANCE: _("a viewer with exports"),
        ADMINISTRATOR: _("all, and lets people in"),
    }
)


def sync(*, using: str = "default", apps: Any = all_apps, **_options: Any) -> None:
    """Make the groups that are missing, and let each role do what the table says.

    Called after every migrate. After one that stopped half-way, roles have those of
    their permissions that there are yet.

    :param using: the database.
    :param apps: the models as the migrate left them.
    """
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in permissions.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, wanted in ROLES.items():
        group, _made = groups.get_or_create(name=name)
        group.permissions.set(known[each] for each in wanted if each in known)
