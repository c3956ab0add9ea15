"""The pages of buckets, transactions and sweep runs: nobody writes one by hand."""

import json

from django.contrib import admin
from django.db.models import Q
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import display

from accounts.admin.members import card_ids
from schemes.admin.parts import (
    STATUS_COLORS,
    DayRangeFilter,
    ReadOnlyInline,
    ReadOnlyPage,
    link,
    moment,
)
from transactions.models import Allocation, Bucket, SweepRun, Transaction


class LedgerRowAdmin(ReadOnlyPage):
    """Rows of cards, newest first, found by exact values that are indexed."""

    list_select_related = ("card",)
    # What is searched is said in `get_search_results`.
    search_fields = ("order_reference",)
    search_help_text = "Card number, order, or the member's external id or e-mail"

    @admin.display(description="Card")
    def card_link(self, obj):
        return link("accounts_card_change", obj.card.code, obj.card_id)

    @display(description="Status", label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        if not text:
            return queryset, False
        # As the index of orders leaves empty references out, SQLite must be told so.
        of_order = Q(order_reference=text) & ~Q(order_reference="")
        return queryset.filter(Q(card__in=card_ids(text)) | of_order), False


class DrawnInline(ReadOnlyInline):
    """What one transaction drew from which buckets."""

    model = Allocation
    verbose_name_plural = "drawn from buckets"
    fields = ("bucket_link", "drawn", "expires_at")
    readonly_fields = ("bucket_link", "drawn", "expires_at")
    ordering = ("pk",)
    per_page = 50
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("bucket")

    @admin.display(description="Bucket")
    def bucket_link(self, obj):
        return link("transactions_bucket_change", obj.bucket, obj.bucket_id)

    @admin.display(description="Points drawn (negative: given back)")
    def drawn(self, obj):
        return obj.points

    @admin.display(description="Bucket expires at")
    def expires_at(self, obj):
        return moment(obj.bucket.expires_at)


class DrawsInline(ReadOnlyInline):
    """Which transactions drew from one bucket."""

    model = Allocation
    verbose_name_plural = "drawn by transactions"
    fields = ("transaction_link", "drawn", "effective_at")
    readonly_fields = ("transaction_link", "drawn", "effective_at")
    ordering = ("pk",)
    per_page = 50
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("transaction")

    @admin.display(description="Transaction")
    def transaction_link(self, obj):
        text = f"{obj.transaction.get_type_display()} ({obj.transaction_id})"
        return link("transactions_transaction_change", text, obj.transaction_id)

    @admin.display(description="Points drawn (negative: given back)")
    def drawn(self, obj):
        return obj.points

    @admin.display(description="Effective at")
    def effective_at(self, obj):
        return moment(obj.transaction.effective_at)


@admin.register(Bucket)
class BucketAdmin(LedgerRowAdmin):
    """Lots of points, each with its own dates."""

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
        ("card", AutocompleteSelectFilter),
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
            "Dates",
            {
                "fields": [
                    ("earned_at", "activates_at"),
                    ("expires_at", "cancels_at"),
                ]
            },
        ),
        (
            "As granted",
            {
                "classes": ["tab"],
                "fields": [("pending_mode", "expiry_mode"), "event_terms"],
            },
        ),
        ("More", {"classes": ["tab"], "fields": [("uuid", "created_at")]}),
    )
    readonly_fields = ("moves", "event_terms", "uuid")

    @admin.display(description="Terms while an event is awaited")
    def event_terms(self, obj):
        return json.dumps(obj.terms) if obj.terms else None

    @admin.display(description="What happened")
    def moves(self, obj):
        query = f"?bucket__id__exact={obj.pk}"
        text = "Transactions of this bucket"
        return link("transactions_transaction_changelist", text, query=query)


@admin.register(Transaction)
class TransactionAdmin(LedgerRowAdmin):
    """Business events on cards."""

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
        ("card", AutocompleteSelectFilter),
    )
    search_help_text = (
        "Card number, order, reference, or the member's external id or e-mail"
    )
    inlines = (DrawnInline,)
    fieldsets = (
        (
            None,
            {
                "fields": [
                    ("card", "bucket"),
                    ("type", "status"),
                    ("points", "pending_points"),
                    ("effective_at", "created_at"),
                ]
            },
        ),
        (
            "Why and by whom",
            {
                "fields": [
                    ("actor", "reason"),
                    ("reference", "parent"),
                    ("order_reference", "money"),
                ]
            },
        ),
        (
            "More",
            {
                "classes": ["tab"],
                "fields": [
                    "details",
                    ("idempotency_key", "fingerprint"),
                    ("uuid", "processed_at"),
                ],
            },
        ),
    )
    readonly_fields = ("money", "uuid")

    @admin.display(description="Amount in minor units")
    def money(self, obj):
        return None if obj.amount is None else f"{obj.amount:,} {obj.currency}"

    def get_search_results(self, request, queryset, search_term):
        found, duplicates = super().get_search_results(request, queryset, search_term)
        text = search_term.strip()
        if text and not found.exists():
            # Unique on a card, and not indexed without one: asked for last.
            found = queryset.filter(reference=text)
        return found, duplicates


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyPage):
    """What the sweeps did, newest first."""

    list_display = (
        "id",
        "name",
        "outcome",
        "started_at",
        "finished_at",
        "buckets",
        "points",
        "lag",
    )
    list_filter = (("name", ChoicesDropdownFilter), ("started_at", DayRangeFilter))
    fields = (
        ("name", "until"),
        ("started_at", "finished_at"),
        ("buckets", "points"),
        ("batches", "lag"),
        "error",
    )

    @display(
        description="Outcome",
        label={"Done": "success", "Running": "info", "Failed": "danger"},
    )
    def outcome(self, obj):
        if obj.error:
            return "Failed"
        return "Done" if obj.finished_at else "Running"
