"""The sidebar: what staff look for, in their words, as far as they may see it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

# A page that is no list of its model, and who may see it.
FURTHER_PAGES = {
    "pending": "transactions.view_bucket",
    "monitoring": "transactions.view_monitoring",
    "import": "transactions.import_rows",
    "export": "transactions.export_rows",
}
GROUPS = (
    (
        _("Customers"),
        (
            (_("Members"), "person", "accounts", "member"),
            (_("Cards"), "credit_card", "accounts", "card"),
        ),
    ),
    (
        _("Points"),
        (
            (_("Pending points"), "hourglass_top", "transactions", "bucket", "pending"),
            (_("Transactions"), "receipt_long", "transactions", "transaction"),
            (_("Buckets"), "inventory_2", "transactions", "bucket"),
            (_("Import"), "upload_file", "transactions", "transaction", "import"),
            (_("Export"), "download", "transactions", "transaction", "export"),
            (_("Jobs"), "checklist", "transactions", "job"),
            (
                _("Monitoring"),
                "monitor_heart",
                "transactions",
                "sweeprun",
                "monitoring",
            ),
            (_("Sweep runs"), "schedule", "transactions", "sweeprun"),
        ),
    ),
    (
        _("Programs"),
        (
            (_("Schemes"), "loyalty", "schemes", "scheme"),
            (_("Card definitions"), "rule", "schemes", "carddefinition"),
            (_("Business units"), "storefront", "schemes", "unit"),
            (_("API clients"), "key", "accounts", "apiclient"),
        ),
    ),
    (
        _("Staff"),
        (
            (_("Users"), "badge", "auth", "user"),
            (_("Groups"), "groups", "auth", "group"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of pages, in the form that unfold draws."""
    return [
        {
            "title": title,
            "separator": number > 0,
            "items": [
                {
                    "title": page,
                    "icon": icon,
                    "link": reverse_lazy(_name(app, model, *further)),
                    "permission": _may_see(app, model, *further),
                    "active": _is_open(app, model, *further),
                }
                for page, icon, app, model, *further in pages
            ],
        }
        for number, (title, pages) in enumerate(GROUPS)
    ]


def _name(app: str, model: str, page: str = "changelist") -> str:
    return f"admin:{app}_{model}_{page}"


def _is_open(app: str, model: str, *further: str) -> Callable[[HttpRequest], bool]:
    """Whether one is on the page or below it, and not on a further one of its model."""
    others = [
        _name(each[2], each[3], *each[4:])
        for _title, pages in GROUPS
        for each in pages
        if each[2:4] == (app, model) and each[4:] and not further
    ]

    def is_open(request: HttpRequest) -> bool:
        below = request.path.startswith(reverse(_name(app, model, *further)))
        return below and not any(
            request.path.startswith(reverse(other)) for other in others
        )

    return is_open


def _may_see(app: str, model: str, *further: str) -> Callable[[HttpRequest], bool]:
    names = tuple(FURTHER_PAGES[page] for page in further) or (
        f"{app}.view_{model}",
        f"{app}.change_{model}",
    )
    return lambda request: any(request.user.has_perm(name) for name in names)
