"""What the admin pages of every app are made of."""

from datetime import datetime, time, tzinfo
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import JSONField, TextField
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.paginator import InfinitePaginator
from unfold.utils import parse_date_str
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from loyalty.errors import Refusal
from schemes.admin.own_units import OwnChoices, UnitPage
from schemes.admin.readable import ReadablePage, zone_of_reader
from schemes.sentences import in_words

# How a status is coloured, whatever has it.
STATUS_COLORS = {
    "ACTIVE": "success",
    "APPROVED": "success",
    "PENDING": "warning",
    "PROCESSING": "info",
    "DRAFT": "info",
    "BLOCKED": "danger",
    "REJECTED": "danger",
}


def link(target: str, text: object, *arguments: object, query: str = "") -> str:
    """A link to an admin page, for example `link("accounts_card_change", card, 5)`."""
    address = reverse(f"admin:{target}", args=arguments) + query
    return format_html('<a href="{}" class="text-link">{}</a>', address, text)


def moment(at: datetime | None, zone: tzinfo | None = None) -> str | None:
    """A moment in full, for what a method returns is not formatted.

    :param zone: None is the current one, which on a row's page is the row's.
    """
    return date_format(localtime(at, zone), "DATETIME_FORMAT") if at else None


class ShapedJSONField(forms.JSONField):
    """A JSON field that is empty as its model field is, and keeps to that shape."""

    def __init__(self, *, shape: type[list] | type[dict], **options: Any) -> None:
        super().__init__(**options)
        self.shape = shape
        self.empty_values = [None, ""]

    def to_python(self, value):
        value = super().to_python(value)
        if value is None:
            return self.shape()
        if not isinstance(value, self.shape):
            brackets = "[ ]" if self.shape is list else "{ }"
            text = gettext("Write it between %(brackets)s.")
            raise forms.ValidationError(text % {"brackets": brackets})
        return value


class Page(UnitPage, ReadablePage, ModelAdmin):
    """A page on which a refusal of the operations is a message, never an error 500.

    Every page says whose rows it shows: see `UnitPage.unit_path`.
    """

    # What to do where the list has no rows yet.
    empty_text: Any = ""
    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    formfield_overrides = {
        field: {"widget": UnfoldAdminExpandableTextareaWidget}
        for field in (JSONField, TextField)
    }

    def formfield_for_dbfield(self, db_field, request, **options):
        if isinstance(db_field, JSONField) and db_field.has_default():
            options |= {"form_class": ShapedJSONField, "shape": db_field.default}
        return super().formfield_for_dbfield(db_field, request, **options)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            self.message_user(request, in_words(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class LongList(Page):
    """A page of a table with millions of rows: nothing counts or sorts them."""

    paginator = InfinitePaginator
    ordering = ("-pk",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    list_filter_submit = True

    def get_paginator(self, request, queryset, per_page, *arguments, **options):
        """The history of one row is short, and its pages are counted."""
        if queryset.model is LogEntry:
            return Paginator(queryset, per_page, *arguments, **options)
        return super().get_paginator(request, queryset, per_page, *arguments, **options)


class KeptMixin:
    """For what points refer to: it is made inactive, never deleted."""

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyMixin(KeptMixin):
    """For what only the ledger writes: nobody may change it here, whatever they may."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ReadOnlyPage(ReadOnlyMixin, LongList):
    """A page to read. What nobody changes here has no history here either."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        context = {**(extra_context or {}), "show_history": False}
        return super().changeform_view(request, object_id, form_url, context)


class ReadOnlyInline(ReadOnlyMixin, OwnChoices, TabularInline):
    """Rows of another page, shown here."""

    extra = 0
    tab = True
    show_change_link = True


class HistoryPage(SimpleHistoryAdmin, Page):
    """A page with the history of what it shows, to read and not to go back to.

    Going back would put old rules in place without their rates, and without the
    checks of today.
    """

    def revert_disabled(self, request, obj=None):
        return True

    def history_view(self, request, object_id, extra_context=None):
        # What is gone belongs to nobody any more: its past is for superusers.
        if not request.user.is_superuser:
            self.own_or_404(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if request.method != "GET":
            raise PermissionDenied
        if not request.user.is_superuser:
            self.own_or_404(request, object_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def get_readonly_fields(self, request, obj=None):
        names = super().get_readonly_fields(request, obj)
        if request.resolver_match.url_name.endswith("_simple_history"):
            shown = [field.name for field in self.opts.fields if field.editable]
            return [*names, *(name for name in shown if name not in names)]
        return names


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included, of the reader's zone, which is named."""

    title: str

    def __init__(self, field, request, *arguments, **named):
        super().__init__(field, request, *arguments, **named)
        self.zone = zone_of_reader(request)
        self.title = f"{self.title} ({self.zone.key})"

    def queryset(self, request, queryset):
        first, last = (
            parse_date_str(self.used_parameters.get(f"{self.parameter_name}_{end}"))
            for end in ("from", "to")
        )
        if first:
            start = datetime.combine(first, time.min, tzinfo=self.zone)
            queryset = queryset.filter(**{f"{self.field_path}__gte": start})
        if last:
            end = datetime.combine(last, time.max, tzinfo=self.zone)
            queryset = queryset.filter(**{f"{self.field_path}__lte": end})
        return queryset
