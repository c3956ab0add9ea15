"""What the queue of pending points can be narrowed to."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from schemes.admin.readable import zone_of_reader
from schemes.models import Scheme
from transactions.models import Bucket

OF_SCHEME = "card__definition__scheme__id__exact"


def overdue(*, at: datetime) -> Q:
    """Pending buckets whose date has come and that nobody has written yet."""
    return Q(activates_at__lte=at) | Q(activates_at=None, cancels_at__lte=at)


def zone_of_list(request: HttpRequest) -> ZoneInfo:
    """In which zone the list's days begin: the chosen scheme's, or the reader's."""
    chosen = request.GET.get(OF_SCHEME, "")
    if chosen.isdecimal() and len(chosen) < 10:
        scheme = Scheme.objects.filter(pk=int(chosen)).only("time_zone").first()
        if scheme is not None:
            return scheme.zone
    return zone_of_reader(request)


class DueFilter(DropdownFilter):
    """When the points become active, in days of the list's zone."""

    title = _("When they are due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        zone = {"zone": zone_of_list(request).key}
        return [
            ("overdue", _("Overdue: should be active already")),
            ("today", _("Today (%(zone)s)") % zone),
            ("week", _("This week, until Sunday (%(zone)s)") % zone),
            ("month", _("The next 30 days")),
            ("event", _("When an event comes")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Bucket]
    ) -> QuerySet[Bucket]:
        now = timezone.now()
        match self.value():
            case "overdue":
                return queryset.filter(overdue(at=now))
            case "event":
                return queryset.filter(activates_at=None)
            case "month":
                return queryset.filter(activates_at__lt=now + timedelta(days=30))
            case "today" | "week" as span:
                today = now.astimezone(zone := zone_of_list(request)).date()
                days = 1 if span == "today" else 7 - today.weekday()
                begin, end = (
                    datetime.combine(day, time.min, tzinfo=zone)
                    for day in (today, today + timedelta(days=days))
                )
                return queryset.filter(activates_at__gte=begin, activates_at__lt=end)
        return queryset


class AgeFilter(DropdownFilter):
    """For how long the points have waited."""

    title = _("Waiting for more than")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("7", _("a week")),
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Bucket]
    ) -> QuerySet[Bucket]:
        if self.value() not in {"7", "30", "90", "365"}:
            return queryset
        before = timezone.now() - timedelta(days=int(self.value()))
        return queryset.filter(earned_at__lt=before)
