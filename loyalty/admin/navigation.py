"""The sidebar: what staff look for, in their words, as far as they may see it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

GROUPS = (
    (
        "Customers",
        (
            ("Members", "person", "accounts", "member"),
            ("Cards", "credit_card", "accounts", "card"),
        ),
    ),
    (
        "Points",
        (
            ("Transactions", "receipt_long", "transactions", "transaction"),
            ("Buckets", "inventory_2", "transactions", "bucket"),
            ("Sweep runs", "schedule", "transactions", "sweeprun"),
        ),
    ),
    (
        "Programs",
        (
            ("Schemes", "loyalty", "schemes", "scheme"),
            ("Card definitions", "rule", "schemes", "carddefinition"),
            ("Business units", "storefront", "schemes", "unit"),
            ("API clients", "key", "accounts", "apiclient"),
        ),
    ),
    (
        "Staff",
        (
            ("Users", "badge", "auth", "user"),
            ("Groups", "groups", "auth", "group"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of pages, in the form that unfold draws."""
    return [
        {
            "title": title,
            "separator": title != GROUPS[0][0],
            "items": [
                {
                    "title": page,
                    "icon": icon,
                    "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
                    "permission": _may_see(app, model),
                }
                for page, icon, app, model in pages
            ],
        }
        for title, pages in GROUPS
    ]


def _may_see(app: str, model: str) -> Callable[[HttpRequest], bool]:
    names = (f"{app}.view_{model}", f"{app}.change_{model}")
    return lambda request: any(request.user.has_perm(name) for name in names)
