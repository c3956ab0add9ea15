"""The list of pending points: what waits, since when, until when, and what is late."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, F, Sum
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from schemes.admin.own_units import OwnRelatedFilter
from schemes.admin.parts import DayRangeFilter, link
from schemes.admin.readable import local
from schemes.sentences import number
from transactions.admin.clock import LastLook, ago, seen
from transactions.admin.pending.bulk import AT_ONCE, BulkView
from transactions.admin.pending.filters import AgeFilter, DueFilter
from transactions.admin.pending.ways import WAYS
from transactions.admin.rows import LedgerRowAdmin
from transactions.models import Bucket, SweepRun

# So far the strip above the list counts: what a blink of an eye allows.
COUNTED = 10_000


class PendingList(ChangeList):
    """A page of pending buckets, and what is said above it."""

    reader: Any

    def get_results(self, request):
        super().get_results(request)
        self.reader = request.user
        look = LastLook(timezone.now())
        for bucket in self.result_list:
            bucket.look = look

    @cached_property
    def found(self):
        """How many buckets and points the filter finds, up to a bound."""
        # In the order of the list, which an index has: without, every card is read.
        some = self.queryset[: COUNTED + 1]
        counted = some.aggregate(buckets=Count("pk"), points=Sum("remaining"))
        buckets, points = counted["buckets"], number(counted["points"] or 0)
        more = buckets > COUNTED
        return {
            "buckets": buckets,
            "buckets_text": f"{number(COUNTED)}+" if more else number(buckets),
            "points_text": f"{points}+" if more else points,
        }

    @property
    def bulk(self):
        """The ways to act on all that the filter finds, for who may."""
        query = self.get_query_string(remove=["p"])
        return [
            (way.title_of_all, way.icon, way.address() + query)
            for way in WAYS.values()
            if self.reader.has_perm(way.permission)
        ]


class PendingPoints(LedgerRowAdmin):
    """Pending buckets, the next due one first. It is a second list of its model."""

    empty_text = _(
        "Nothing waits. Points wait where their card definition says so, from the "
        "order on until they become active."
    )
    list_display = (
        "card_link",
        "holder",
        "waiting_points",
        "order",
        "earned",
        "due",
        "awaited",
        "late",
    )
    list_display_links = None
    list_select_related: Any = ("card__member", "card__definition__scheme")
    list_filter = (
        DueFilter,
        ("activates_at", DayRangeFilter),
        AgeFilter,
        ("card__definition__scheme", OwnRelatedFilter),
    )
    ordering: Any = (F("activates_at").asc(nulls_last=True), "pk")
    actions = ("activate_selected", "cancel_selected")
    change_list_template = "admin/transactions/pending/list.html"
    list_before_template = "admin/transactions/pending/summary.html"
    # All pages of it are acted on by the buttons above the list.
    list_disable_select_all = True

    def pages(self):
        """The addresses, for the page of buckets to have among its own."""
        view = self.admin_site.admin_view
        bulk = BulkView.as_view(page=self)
        return [
            path(
                "pending/",
                view(self.changelist_view),
                name="transactions_bucket_pending",
            ),
            path(
                "pending/<slug:way>/",
                view(bulk),
                name="transactions_bucket_pending_bulk",
            ),
        ]

    def get_queryset(self, request):
        return super().get_queryset(request).pending()

    def get_changelist(self, request, **options):
        return PendingList

    def get_ordering(self, request):
        return self.ordering

    def changelist_view(self, request, extra_context=None):
        context = {"title": _("Pending points"), **(extra_context or {})}
        return super().changelist_view(request, context)

    # --- Columns ----------------------------------------------------------------------

    @admin.display(description=_("Member"))
    def holder(self, obj):
        member = obj.card.member
        text = member.name or member.external_id
        return link("accounts_member_change", text, member.pk)

    @admin.display(description=_("Points"))
    def waiting_points(self, obj):
        return link("transactions_bucket_change", number(obj.remaining), obj.pk)

    @admin.display(description=_("Order"))
    def order(self, obj):
        reference = obj.order_reference
        nowrap = '<span class="whitespace-nowrap">{}</span>'
        return format_html(nowrap, reference) if reference else None

    @admin.display(description=_("Earned"))
    def earned(self, obj):
        return format_html(
            "<span>{}<br>{}</span>",
            local(obj.earned_at, obj.card.definition.scheme.zone),
            gettext("%(age)s ago") % {"age": ago(obj.earned_at, now=obj.look.now)},
        )

    @admin.display(description=_("Due"))
    def due(self, obj):
        return local(obj.activates_at, obj.card.definition.scheme.zone)

    @admin.display(description=_("Awaits"))
    def awaited(self, obj):
        if obj.activates_at is not None:
            return _("date")
        events = ", ".join((obj.terms or {}).get("events", ()))
        until = local(obj.cancels_at, obj.card.definition.scheme.zone)
        return format_html(
            "<span>{}<br>{} {}</span>", events, _("or canceled on"), until
        )

    @admin.display(description=_("Late"))
    def late(self, obj):
        why = why_late(obj, look=obj.look)
        if not why:
            return None
        return format_html(
            '<span class="text-red-700 dark:text-red-400">{}</span>', why
        )

    # --- Actions ----------------------------------------------------------------------

    def has_activate_permission(self, request):
        return request.user.has_perm(WAYS["activate"].permission)

    def has_cancel_permission(self, request):
        return request.user.has_perm(WAYS["cancel"].permission)

    @admin.action(description=_("Activate now"), permissions=["activate"])
    def activate_selected(self, request, queryset):
        return _to_bulk(request, "activate")

    @admin.action(description=_("Cancel"), permissions=["cancel"])
    def cancel_selected(self, request, queryset):
        return _to_bulk(request, "cancel")


def _to_bulk(request, way):
    """To the preview of the ticked rows. Whose they are is looked at there."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)[:AT_ONCE]
    address = reverse("admin:transactions_bucket_pending_bulk", args=(way,))
    ids = ",".join(each for each in ticked if each.isdecimal())
    return HttpResponseRedirect(f"{address}?ids={ids}")


def why_late(bucket: Bucket, *, look: LastLook) -> str:
    """Why a bucket whose date has come is still pending; empty if it has not come."""
    due_at: datetime | None = bucket.activates_at or bucket.cancels_at
    if due_at is None or due_at > look.now:
        return ""
    sweep = (
        SweepRun.Name.ACTIVATE_DUE if bucket.activates_at else SweepRun.Name.EXPIRE_DUE
    )
    run = look.runs.get(sweep)
    told = _told_by(run, bucket)
    if told:
        why = gettext("the sweep could not do it: %(error)s") % {"error": told}
    elif run is None:
        why = gettext("no sweep has ever run")
    elif look.is_late(sweep):
        why = gettext("no sweep for %(age)s") % {"age": ago(seen(run), now=look.now)}
    elif run.error:
        why = gettext("the last sweep failed")
    else:
        why = gettext("the next sweep writes it")
    return gettext("%(age)s late: %(why)s") % {
        "age": ago(due_at, now=look.now),
        "why": why,
    }


def _told_by(run: SweepRun | None, bucket: Bucket) -> str:
    """What a run said of this very bucket: of others' it is not told."""
    names = (f"bucket {bucket.pk}: ", f"card {bucket.card_id}: ")
    for line in (run.error if run else "").splitlines():
        for name in names:
            if line.startswith(name):
                return line.removeprefix(name)
    return ""
