"""The page of sweep runs: what was done by itself, for all units at once."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from schemes.admin.parts import DayRangeFilter, ReadOnlyPage
from schemes.admin.readable import grouped
from transactions.admin.clock import lasting
from transactions.admin.monitoring import Monitoring
from transactions.models import SweepRun


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyPage):
    """What the sweeps did, newest first.

    A pass serves all units, so how much it did is for superusers alone to know.
    """

    unit_path = None
    empty_text = _(
        "No sweep has run. Start the worker, `manage.py work`, or one pass of "
        "`manage.py activate_due_buckets`."
    )
    list_display = (
        "id",
        "name",
        "outcome",
        "started_at",
        "finished_at",
        "buckets",
        "points",
        "waited",
    )
    list_filter = (("name", ChoicesDropdownFilter), ("started_at", DayRangeFilter))
    fields = (
        ("name", "until"),
        ("started_at", "finished_at"),
        ("buckets", "points"),
        ("batches", "waited"),
        "error",
    )

    readonly_preprocess_fields = dict.fromkeys(
        ("buckets", "points", "batches"), grouped
    )

    def get_urls(self):
        return [*Monitoring(self).pages(), *super().get_urls()]

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        if request.user.is_superuser:
            return columns
        how_much = {"buckets", "points"}
        return [
            column
            for column in columns
            if getattr(column, "__name__", column) not in how_much
        ]

    def get_fields(self, request, obj=None):
        if request.user.is_superuser:
            return super().get_fields(request, obj)
        return (("name", "outcome"), "until", ("started_at", "finished_at"), "waited")

    def get_readonly_fields(self, request, obj=None):
        return ("outcome", "waited")

    @display(description=_("Lag"))
    def waited(self, obj):
        return lasting(obj.lag)

    @display(
        description=_("Outcome"),
        label={"DONE": "success", "RUNNING": "info", "FAILED": "danger"},
    )
    def outcome(self, obj):
        if obj.error:
            return "FAILED", gettext("Failed")
        if obj.finished_at:
            return "DONE", gettext("Done")
        return "RUNNING", gettext("Running")
