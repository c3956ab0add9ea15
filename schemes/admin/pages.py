"""The pages of units, schemes and card definitions: seen here, changed by operations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from schemes import operations
from schemes.admin.forms import CardDefinitionForm, SchemeForm
from schemes.admin.live import LiveDefinition, LiveScheme
from schemes.admin.own_units import OwnRelatedFilter
from schemes.admin.parts import (
    STATUS_COLORS,
    HistoryPage,
    KeptMixin,
    ReadOnlyInline,
)
from schemes.admin.past import PastPage
from schemes.admin.publishing import PublishableDefinition, PublishableScheme
from schemes.admin.rates import BurnRateInline, EarnRateInline
from schemes.admin.trying import TryableDefinition, TryableScheme
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme, Unit


class ConfigurationAdmin(KeptMixin, HistoryPage):
    """A page of configuration. What is stays where it was made."""

    # What a row belongs to, or is known by: chosen when it is made, then fixed.
    fixed_fields: tuple[str, ...] = ()

    def get_readonly_fields(self, request, obj=None):
        names = super().get_readonly_fields(request, obj)
        return [*names, *self.fixed_fields] if obj is not None else names

    @display(description=_("Status"), ordering="status", label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()


class VersionedAdmin(PastPage, ConfigurationAdmin):
    """A page whose form brings along the version that was read.

    Its status is set on pages of their own, which say first what will happen.
    """

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "status"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        (title, options), *others = fieldsets
        fields = [*options["fields"], "version_read"]
        return [(title, {**options, "fields": fields}), *others]


@admin.register(Unit)
class UnitAdmin(ConfigurationAdmin):
    """Tenants. Rates and requests name a unit by its identifier, so that is fixed."""

    unit_path = "pk"
    empty_text = _(
        "A unit owns schemes, members and API clients. Add one for each shop or "
        "brand that keeps its customers to itself."
    )
    list_display = ("name", "incoming_identifier")
    search_fields = ("name", "incoming_identifier")
    ordering = ("name", "pk")
    fields = ("name", "incoming_identifier", "uuid")
    readonly_fields = ("uuid",)
    fixed_fields = ("incoming_identifier",)


class CardDefinitionInline(ReadOnlyInline):
    model = CardDefinition
    fields = ("name", "status", "pending_mode", "expiry_mode", "refunds")
    verbose_name_plural = _("card definitions")


@admin.register(Scheme)
class SchemeAdmin(LiveScheme, PublishableScheme, TryableScheme, VersionedAdmin):
    """Loyalty programs."""

    form = SchemeForm
    actions_detail = ("publish", "stop", "try_out", "copy_scheme")
    unit_path = "unit"
    empty_text = _(
        "A scheme is a loyalty program: its dates, time zone and currency. Add "
        "one, then the card definitions that say how points are earned."
    )
    list_display = (
        "name",
        "reference",
        "unit",
        "status_label",
        "starts_at",
        "ends_at",
        "time_zone",
        "version",
    )
    list_filter = ("status", ("unit", OwnRelatedFilter))
    list_select_related = ("unit",)
    search_fields = ("name", "reference")
    ordering = ("name", "pk")
    autocomplete_fields = ("unit",)
    readonly_fields = ("version", "uuid")
    fixed_fields = ("unit",)
    fieldsets = (
        (None, {"fields": ["unit", "name", "reference", "status", "description"]}),
        (
            _("When and where"),
            {"fields": ["starts_at", "ends_at", "time_zone", "currency"]},
        ),
        (
            _("What points cost you"),
            {"fields": ["point_cost", "expected_breakage"]},
        ),
        (_("More"), {"classes": ["tab"], "fields": ["metadata", "version", "uuid"]}),
    )
    inlines = (CardDefinitionInline,)

    def zone_of(self, row):
        return row.zone

    def save_model(self, request, obj, form, change):
        operations.save_scheme(
            scheme=obj, expected_version=form.cleaned_data.get("version_read")
        )


WAITING = ("PERIOD_BASED", "FIXED_DATES", "EVENT_BASED")


def _if_mode(field: str, *modes: str) -> str:
    """Show a field only with these modes: in the others the rules ignore it.

    On a page that is only read there is no such field to ask, and all is shown.
    """
    return f"typeof {field} === 'undefined' || {list(modes)}.includes({field})"


@admin.register(CardDefinition)
class CardDefinitionAdmin(
    LiveDefinition, PublishableDefinition, TryableDefinition, VersionedAdmin
):
    """The rules of one kind of points. Changes touch no points already granted."""

    form = CardDefinitionForm
    actions_detail = ("publish", "stop", "try_out")
    unit_path = "scheme__unit"
    empty_text = _(
        "A card definition says how points are earned, wait, expire and are "
        "spent. Add a scheme first, then its card definitions."
    )
    list_display = (
        "name",
        "scheme",
        "status_label",
        "pending_mode",
        "expiry_mode",
        "refunds",
    )
    list_filter = (
        "status",
        "pending_mode",
        "expiry_mode",
        ("scheme", OwnRelatedFilter),
    )
    list_select_related = ("scheme",)
    search_fields = ("name", "scheme__name", "scheme__reference")
    ordering = ("scheme__name", "name", "pk")
    autocomplete_fields = ("scheme",)
    readonly_fields = ("scheme_version", "uuid")
    fixed_fields = ("scheme",)
    inlines = (EarnRateInline, BurnRateInline)
    conditional_fields = {
        "pending_period": _if_mode("pending_mode", "PERIOD_BASED"),
        "pending_rounds_up": _if_mode("pending_mode", "PERIOD_BASED"),
        "pending_dates": _if_mode("pending_mode", "FIXED_DATES"),
        "pending_events": _if_mode("pending_mode", "EVENT_BASED"),
        "pending_deadline": _if_mode("pending_mode", "EVENT_BASED"),
        "pending_min_points": _if_mode("pending_mode", *WAITING),
        "pending_min_amount": _if_mode("pending_mode", *WAITING),
        "expiry_period": _if_mode("expiry_mode", "ROLLING", "SLIDING"),
        "expiry_rounding": _if_mode("expiry_mode", "ROLLING", "SLIDING"),
        "expiry_dates": _if_mode("expiry_mode", "CALENDAR"),
        "expiry_from": _if_mode("expiry_mode", "ROLLING", "CALENDAR", "SLIDING"),
        "slides_on_earn": _if_mode("expiry_mode", "SLIDING"),
        "slides_on_spend": _if_mode("expiry_mode", "SLIDING"),
    }
    fieldsets = (
        (None, {"fields": ["scheme", "name", "status", "code_pattern"]}),
        (
            _("Pending"),
            {
                "classes": ["tab"],
                "fields": [
                    "pending_mode",
                    "pending_period",
                    "pending_rounds_up",
                    "pending_dates",
                    "pending_events",
                    "pending_deadline",
                    "pending_min_points",
                    "pending_min_amount",
                ],
            },
        ),
        (
            _("Expiry"),
            {
                "classes": ["tab"],
                "fields": [
                    "expiry_mode",
                    "expiry_period",
                    "expiry_rounding",
                    "expiry_dates",
                    "expiry_from",
                    "slides_on_earn",
                    "slides_on_spend",
                ],
            },
        ),
        (
            _("Refunds and balance"),
            {
                "classes": ["tab"],
                "fields": [
                    "refunds",
                    "allow_negative",
                    "return_grace_days",
                ],
            },
        ),
        (
            _("Limits, if any"),
            {
                "classes": ["tab"],
                "fields": [
                    "max_points_per_earn",
                    "max_points_per_spend",
                    "max_balance",
                    "earn_limit",
                    "earn_limit_period",
                ],
            },
        ),
        (
            _("More"),
            {"classes": ["tab"], "fields": ["metadata", "scheme_version", "uuid"]},
        ),
    )

    @admin.display(description=_("Scheme version"))
    def scheme_version(self, obj):
        return obj.scheme.version if obj.pk else None

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("scheme__unit")

    def save_model(self, request, obj, form, change):
        """Wait for `save_related`: a definition and its rates are one change."""

    def save_related(self, request, form, formsets, change):
        rates = {}
        for formset in formsets:
            formset.save(commit=False)  # tells the log what is new, changed, deleted
            rates[formset.model] = [kept.instance for kept in formset.kept]
        operations.save_definition(
            definition=form.instance,
            earn_rates=rates.get(EarnRate),
            burn_rates=rates.get(BurnRate),
            expected_version=form.cleaned_data.get("version_read"),
        )
