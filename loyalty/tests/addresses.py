"""Every address of the admin, by Django's own table: what somebody adds is there too."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Member

ARGUMENTS = {
    "sweep": "ACTIVATE_DUE",
    "way": "cancel",
    "verb": "stop",
    "file": "refused.csv",
    "kind": "MEMBERS",
    "app_label": "accounts",
    "url": "nowhere",
    "content_type_id": "1",
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each address below, as its pattern, and its name."""
    for each in resolver.url_patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, address)
        elif isinstance(each, URLPattern):
            yield address, each.name or ""


def row_of(address: str, shop: Any) -> Any:
    """The row that an address of the admin is about."""
    models = {
        f"admin/{model._meta.app_label}/{model._meta.model_name}/": model
        for model in admin.site._registry
    }
    for start, model in models.items():
        if address.startswith(start):
            return shop[model]
    return shop[Member]


def addresses(shop: Any) -> list[tuple[str, str]]:
    """Each address of the admin, filled in with the shop's rows, and its name."""
    found = []
    for pattern, name in patterns(get_resolver()):
        if not pattern.startswith("admin/"):
            continue
        row = row_of(pattern, shop)
        known = {"object_id": row.pk, "id": row.pk, "request_id": row.pk, **ARGUMENTS}
        if name.endswith("simple_history"):
            past = row.history.earliest().history_id
            address = re.sub(r"\^.*", f"{row.pk}/history/{past}/", pattern)
        else:
            address = re.sub(
                r"\^?\(\?P<(\w+)>[^/]*\)|<(?:\w+:)?(\w+)>", r"{\1\2}", pattern
            )
            address = address.rstrip("$").format(**known)
        found.append((f"/{address}", name))
    return found
