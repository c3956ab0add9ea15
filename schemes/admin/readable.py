"""How the admin writes what a row holds: moments in a named zone, grouped numbers."""

from datetime import datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import AutoField, DateTimeField, IntegerField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from schemes import access
from schemes.models import Scheme
from schemes.sentences import number

UTC = ZoneInfo("UTC")
# Where a column is too narrow for one line.
DAY_ABOVE_TIME = "display: inline-block; text-wrap: balance"


def local(
    at: datetime | None, zone: ZoneInfo, *, style: str = "white-space: nowrap"
) -> str | None:
    """A moment in a zone, named in short; all of it is the tooltip."""
    if at is None:
        return None
    here = at.astimezone(zone)
    return format_html(
        '<span title="{} ({})" style="{}">{} {}</span>',
        date_format(here, "DATETIME_FORMAT"),
        zone.key,
        style,
        date_format(here, "SHORT_DATETIME_FORMAT"),
        here.tzname(),
    )


def zone_of_reader(request: HttpRequest) -> ZoneInfo:
    """The zone of all schemes that the reader works for, or UTC where they differ.

    One query for a request.
    """
    known: ZoneInfo | None = getattr(request, "_zone_of_reader", None)
    if known is not None:
        return known
    schemes = access.rows_for(request.user, Scheme.objects.all(), unit_path="unit")
    zones = schemes.order_by().values_list("time_zone", flat=True).distinct()[:2]
    names = list(zones)
    found = ZoneInfo(names[0]) if len(names) == 1 else UTC
    request._zone_of_reader = found  # type: ignore[attr-defined]  # remembered here alone
    return found


def grouped(digits: str) -> str:
    """A number that Django has written already, with separators; "-" for none."""
    return number(int(digits)) if digits.lstrip("-") else digits


class ReadablePage:
    """A page whose list, form and history show each row's moments in the row's zone.

    The numbers of its list have separators; those of its form if it names them in
    `readonly_preprocess_fields`.
    """

    opts: Any

    def zone_of(self, row: Any) -> tzinfo:
        """The zone of the row's moments: its scheme's, if it is of one scheme alone."""
        return UTC

    def get_list_display(self, request):
        names = super().get_list_display(request)  # type: ignore[misc]  # of Django's class beside it
        return [_column(self, name) or name for name in names]

    def get_changeform_initial_data(self, request):
        """What the address fills in, less what its field could not hold."""
        initial = super().get_changeform_initial_data(request)  # type: ignore[misc]  # of Django's class beside it
        for field in self.opts.concrete_fields:
            if field.name not in initial:
                continue
            try:
                initial[field.name] = field.clean(initial[field.name], None)
            except ValidationError:
                del initial[field.name]
        return initial

    def render_change_form(self, request, context, *arguments, obj=None, **options):
        response = super().render_change_form(  # type: ignore[misc]  # of Django's class beside it
            request, context, *arguments, obj=obj, **options
        )
        return response if obj is None else self._rendered(response, obj)

    def history_view(self, request, object_id, extra_context=None):
        response = super().history_view(request, object_id, extra_context)  # type: ignore[misc]  # of Django's class beside it
        row = (getattr(response, "context_data", None) or {}).get("object")
        return response if row is None else self._rendered(response, row)

    def _rendered(self, response, row):
        with timezone.override(self.zone_of(row)):
            return response.render()


@cache  # the list asks twice, and takes another function for another column
def _column(page: Any, name: Any) -> Any:
    """The column of a moment or of a number; None for any other."""
    try:
        field = page.opts.get_field(name)
    except FieldDoesNotExist:
        return None
    if isinstance(field, DateTimeField):

        def column(row: Any) -> str | None:
            return local(getattr(row, name), page.zone_of(row), style=DAY_ABOVE_TIME)

    elif isinstance(field, IntegerField) and not isinstance(field, AutoField):

        def column(row: Any) -> str | None:
            value = getattr(row, name)
            return None if value is None else number(value)

    else:
        return None
    column.__name__ = name
    return admin.display(column, description=field.verbose_name, ordering=name)
