"""The pages of buckets and transactions: nobody writes one by hand."""

import json

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from schemes.admin.own_units import OwnAutocompleteFilter
from schemes.admin.parts import (
    STATUS_COLORS,
    DayRangeFilter,
    ReadOnlyInline,
    link,
    moment,
)
from schemes.admin.readable import grouped
from schemes.sentences import number
from transactions.admin.files import file_pages
from transactions.admin.pending import PendingPoints
from transactions.admin.rows import LedgerRowAdmin
from transactions.admin.verbs import VerbsPage
from transactions.models import Allocation, Bucket, Transaction


class DrawnInline(ReadOnlyInline):
    """What one transaction drew from which buckets."""

    model = Allocation
    verbose_name_plural = _("drawn from buckets")
    fields = ("bucket_link", "drawn", "expires_at")
    readonly_fields = ("bucket_link", "drawn", "expires_at")
    ordering = ("pk",)
    per_page = 50
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("bucket")

    @admin.display(description=_("Bucket"))
    def bucket_link(self, obj):
        return link("transactions_bucket_change", obj.bucket, obj.bucket_id)

    @admin.display(description=_("Points drawn (negative: given back)"))
    def drawn(self, obj):
        return obj.points

    @admin.display(description=_("Bucket expires at"))
    def expires_at(self, obj):
        return moment(obj.bucket.expires_at)


class DrawsInline(ReadOnlyInline):
    """Which transactions drew from one bucket."""

    model = Allocation
    verbose_name_plural = _("drawn by transactions")
    fields = ("transaction_link", "drawn", "effective_at")
    readonly_fields = ("transaction_link", "drawn", "effective_at")
    ordering = ("pk",)
    per_page = 50
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("transaction")

    @admin.display(description=_("Transaction"))
    def transaction_link(self, obj):
        text = f"{obj.transaction.get_type_display()} ({obj.transaction_id})"
        return link("transactions_transaction_change", text, obj.transaction_id)

    @admin.display(description=_("Points drawn (negative: given back)"))
    def drawn(self, obj):
        return obj.points

    @admin.display(description=_("Effective at"))
    def effective_at(self, obj):
        return moment(obj.transaction.effective_at)


@admin.register(Bucket)
class BucketAdmin(VerbsPage, LedgerRowAdmin):
    """Lots of points, each with its own dates."""

    empty_text = _(
        "Points come by an order at the till, by the import of a file, or by "
        "hand from the page of a card."
    )
    list_display = (
        "id",
        "card_link",
        "status_label",
        "points",
        "remaining",
        "earned_at",
        "activates_at",
        "expires_at",
        "order_reference",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("earned_at", DayRangeFilter),
        ("expires_at", DayRangeFilter),
        ("card", OwnAutocompleteFilter),
    )
    inlines = (DrawsInline,)
    fieldsets = (
        (
            None,
            {
                "fields": [
                    ("card", "status"),
                    ("points", "remaining"),
                    ("order_reference", "moves"),
                ]
            },
        ),
        (
            _("Dates"),
            {
                "fields": [
                    ("earned_at", "activates_at"),
                    ("expires_at", "cancels_at"),
                ]
            },
        ),
        (
            _("As granted"),
            {
                "classes": ["tab"],
                "fields": [("pending_mode", "expiry_mode"), "event_terms"],
            },
        ),
        (_("More"), {"classes": ["tab"], "fields": [("uuid", "created_at")]}),
    )
    readonly_fields = ("moves", "event_terms", "uuid")
    readonly_preprocess_fields = dict.fromkeys(("points", "remaining"), grouped)

    def get_urls(self):
        return [
            *PendingPoints(self.model, self.admin_site).pages(),
            *super().get_urls(),
        ]

    @admin.display(description=_("Terms while an event is awaited"))
    def event_terms(self, obj):
        return json.dumps(obj.terms) if obj.terms else None

    @admin.display(description=_("What happened"))
    def moves(self, obj):
        query = f"?bucket__id__exact={obj.pk}"
        text = gettext("Transactions of this bucket")
        return link("transactions_transaction_changelist", text, query=query)


@admin.register(Transaction)
class TransactionAdmin(VerbsPage, LedgerRowAdmin):
    """Business events on cards."""

    empty_text = _(
        "What happens to points is listed here, from the first order on. Points "
        "can be given by hand from the page of a card."
    )
    list_display = (
        "id",
        "card_link",
        "type",
        "status_label",
        "points",
        "pending_points",
        "effective_at",
        "order_reference",
        "actor",
    )
    list_filter = (
        ("type", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("effective_at", DayRangeFilter),
        ("created_at", DayRangeFilter),
        ("card", OwnAutocompleteFilter),
    )
    search_help_text = _(
        "Card number, order, reference, or the member's external id or e-mail"
    )
    inlines = (DrawnInline,)
    fieldsets = (
        (
            None,
            {
                "fields": [
                    ("card", "bucket"),
                    ("type", "state"),
                    ("points", "pending_points"),
                    ("effective_at", "created_at"),
                ]
            },
        ),
        (
            _("Why and by whom"),
            {
                "fields": [
                    ("actor", "reason"),
                    ("reference", "parent"),
                    ("order_reference", "money"),
                ]
            },
        ),
        (
            _("More"),
            {
                "classes": ["tab"],
                "fields": [
                    "details",
                    ("idempotency_key", "fingerprint"),
                    ("processed_at", "held_until"),
                    "uuid",
                ],
            },
        ),
    )
    readonly_fields = ("state", "money", "uuid")
    readonly_preprocess_fields = dict.fromkeys(("points", "pending_points"), grouped)

    def get_urls(self):
        return [*file_pages(self), *super().get_urls()]

    @display(description=_("Status"), label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, self.state(obj)

    @admin.display(description=_("Status"))
    def state(self, obj):
        if obj.held_until and obj.status == Transaction.Status.PENDING:
            return gettext("Held until %(moment)s") % {
                "moment": moment(obj.held_until, self.zone_of(obj))
            }
        return obj.get_status_display()

    @admin.display(description=_("Amount in minor units"))
    def money(self, obj):
        return None if obj.amount is None else f"{number(obj.amount)} {obj.currency}"

    def get_search_results(self, request, queryset, search_term):
        found, duplicates = super().get_search_results(request, queryset, search_term)
        text = search_term.strip()
        if text and not found.exists():
            # Unique on a card, and not indexed without one: asked for last.
            found = queryset.filter(reference=text)
        return found, duplicates
