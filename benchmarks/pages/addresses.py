"""Which pages are measured: each list with each of its filters, and what staff open."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import BooleanField, Model
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from accounts.models import Card, Identity, Member
from loyalty.admin.dashboard.question import LENGTHS, choices_for
from schemes import access
from schemes.admin.parts import DayRangeFilter
from transactions.admin.pending import PendingPoints
from transactions.admin.pending.ways import WAYS
from transactions.models import Bucket, Job, Transaction

QUEUE = "admin:transactions_bucket_pending"
# Further than anybody turns.
DEEP = 200
# Tables of millions of rows.
LONG = (Member, Card, Bucket, Transaction)

Address = tuple[str, str]  # what a report calls it, and where it is


def addresses(user: Any) -> Iterator[Address]:
    """Every page that this user has reason to open, with what stands in its address."""
    for page in admin.site._registry.values():
        where = reverse(
            f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"
        )
        yield from _list(page, user, str(page.opts.verbose_name_plural), where)
    queue = PendingPoints(Bucket, admin.site)
    yield from _list(queue, user, "pending queue", reverse(QUEUE))
    yield from _bulk()
    yield from _dashboard(user)
    yield from _single(user)
    yield "monitoring", reverse("admin:transactions_sweeprun_monitoring")
    yield "export", reverse("admin:transactions_transaction_export")


def _list(page: Any, user: Any, name: str, where: str) -> Iterator[Address]:
    """A list as it opens, further down, and with each choice of each filter."""
    request = RequestFactory().get(where)
    request.user = user
    if not page.has_view_permission(request):
        return
    yield name, where
    queries = [
        query for each in page.list_filter for query in _choices(each, page, request)
    ]
    if page.model in LONG:
        queries += [{"p": 2}, {"p": DEEP}]
        queries += [{"q": text} for text in _searched()]
    for query in queries:
        yield f"{name} {_told(query)}", f"{where}?{urlencode(query)}"


def _told(query: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in query.items())


def _choices(each: Any, page: Any, request: Any) -> list[dict[str, Any]]:
    """What a filter can be set to."""
    if isinstance(each, type) and issubclass(each, SimpleListFilter | DropdownFilter):
        spec = each(request, {}, page.model, page)
        return [{str(spec.parameter_name): value} for value, _ in spec.lookup_choices]
    name, kind = each if isinstance(each, tuple) else (each, None)
    field = admin.utils.get_fields_from_path(page.model, name)[-1]
    if kind is DayRangeFilter:
        return [{f"{name}_from": first, f"{name}_to": last} for first, last in _days()]
    if isinstance(field, BooleanField):
        return [{f"{name}__exact": value} for value in (0, 1)]
    if field.choices:
        return [{f"{name}__exact": value} for value, _ in field.choices]
    related: Any = field.remote_field
    row = related.model._default_manager.order_by("pk").first()
    return [{f"{name}__id__exact": row.pk}] if row else []


def _days() -> list[tuple[date, date]]:
    """Today, a month, a day and a year long ago, all of it, and days when nothing was."""
    today = timezone.now().date()
    ago = {days: today - timedelta(days=days) for days in (0, 30, 400, 700, 730, 3650)}
    return [
        (ago[0], ago[0]),
        (ago[30], ago[0]),
        (ago[400], ago[400]),
        (ago[700], ago[400]),
        (ago[730], ago[0]),
        (ago[3650], ago[3650]),
    ]


def _searched() -> list[str]:
    """What somebody types: the values of a member, of an order, and of nothing."""
    member = Member.objects.order_by("pk").first()
    identity = Identity.objects.order_by("pk").first()
    bucket = Bucket.objects.exclude(order_reference="").order_by("pk").first()
    found = (
        member and member.external_id,
        identity and identity.value,
        bucket and bucket.order_reference,
    )
    return [*(text for text in found if text), "nothing like it"]


def _bulk() -> Iterator[Address]:
    """The previews: of all that waits, and of what the usual filters find."""
    for name, way in WAYS.items():
        for query in ("", "?due=overdue", "?due=today", "?due=week", "?age=7"):
            yield f"pending queue, {name} {query}", f"{way.address()}{query}"


def _dashboard(user: Any) -> Iterator[Address]:
    where = reverse("admin:index")
    yield "dashboard", where
    for key, choice in choices_for(user).items():
        for days in LENGTHS:
            query = urlencode({"scheme": key, "days": days})
            yield f"dashboard {choice.label}, {days} days", f"{where}?{query}"


def _single(user: Any) -> Iterator[Address]:
    """The pages of one row of each kind, and those on which points are moved."""
    cards = access.rows_for(user, Card.objects.all(), unit_path="member__unit")
    card = cards.order_by("pk").first()
    if card is None:
        return
    bucket = Bucket.objects.filter(card=card).order_by("-pk").first()
    spend = Transaction.objects.filter(card=card).order_by("-pk").first()
    rows: list[Model | None] = [card.member, card, bucket, spend, Job.objects.first()]
    for row in rows:
        if row is not None:
            options = row._meta
            name = f"admin:{options.app_label}_{options.model_name}_change"
            yield f"a {options.verbose_name}", reverse(name, args=(row.pk,))
    for text in (card.code, "nothing like it"):
        yield f"find {text}", f"{reverse('admin:search')}?{urlencode({'s': text})}"
