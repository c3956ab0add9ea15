"""The charts of the dashboard, as unfold's Chart.js draws them, and as tables."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import TruncHour
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from schemes.sentences import number
from transactions.figures.calendars import DAYS_TO_COME
from transactions.figures.days import day_of
from transactions.models import SweepRun

VIOLET, BLUE, ORANGE = "var(--color-primary-600)", "#0ea5e9", "#f97316"
GREY = "#9ca3af"
MOST_BARS = 92
MOST_MONTHS = 24
HOURS = 24
# In which a wait is told: seconds, up to so many.
UNITS = ((1, _("seconds")), (60, _("minutes")), (3600, _("hours")))
MOST_OF_A_UNIT = 600


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart: the names on its axis, and a line of numbers for each series.

    as_of: the moment that its figures are of, in words.
    """

    key: str
    title: str
    help: str
    labels: list[str]
    series: list[tuple[str, str, list[int] | list[float]]]
    as_of: str = ""
    is_line: bool = False
    empty: str = ""

    @property
    def is_empty(self):
        """Whether there is nothing to draw."""
        return not any(any(values) for _name, _color, values in self.series)

    @property
    def data(self):
        """What Chart.js draws."""
        return json.dumps(
            {
                "labels": self.labels,
                "datasets": [
                    {
                        "label": name,
                        "data": values,
                        "backgroundColor": color,
                        "borderColor": color,
                        "borderWidth": 2 if self.is_line else 0,
                        "pointRadius": 0,
                        "tension": 0.2,
                    }
                    for name, color, values in self.series
                ],
            }
        )

    @property
    def options(self):
        """How Chart.js draws it."""
        legend = {"boxWidth": 8, "boxHeight": 8, "usePointStyle": True, "color": GREY}
        return json.dumps(
            {
                "animation": False,
                "responsive": True,
                "maintainAspectRatio": False,
                "locale": get_language(),
                "interaction": {"mode": "index", "intersect": False},
                "plugins": {
                    "legend": {
                        "display": len(self.series) > 1,
                        "align": "end",
                        "labels": legend,
                    }
                },
                "scales": {
                    "x": {
                        "grid": {"display": False},
                        "ticks": {
                            "color": GREY,
                            "maxTicksLimit": 8,
                            "maxRotation": 0,
                            "autoSkipPadding": 24,
                        },
                    },
                    "y": {
                        "beginAtZero": True,
                        "ticks": {"color": GREY, "precision": 0, "maxTicksLimit": 6},
                    },
                },
            }
        )

    @property
    def headers(self):
        """The names of the columns of the table."""
        return ["", *(name for name, _color, _values in self.series)]

    @property
    def rows(self):
        """The same as a table; rows of nothing are left out."""
        columns = [values for _name, _color, values in self.series]
        return [
            [label, *map(number, values)]
            for label, *values in zip(self.labels, *columns, strict=True)
            if any(values)
        ]


def moved(report, *, as_of):
    """Issued, spent and expired, day by day."""
    return Chart(
        key="moved",
        title=gettext("Issued, spent and expired"),
        help=gettext("Points by day. What is issued may wait before it is active."),
        labels=_names(report.period.days),
        series=[
            (gettext("Issued"), VIOLET, list(report.issued.by_day)),
            (gettext("Spent"), BLUE, list(report.spent.by_day)),
            (gettext("Expired"), ORANGE, list(report.expired.by_day)),
        ],
        as_of=as_of,
        is_line=report.period.length > MOST_BARS,
        empty=gettext("Nothing was issued, spent or expired on these days."),
    )


def backlog(report, *, as_of):
    """What was pending at the end of each day."""
    title = gettext("Pending backlog")
    return Chart(
        key="backlog",
        title=title,
        help=gettext("Points that were waiting at the end of each day."),
        labels=_names(report.period.days),
        series=[(title, VIOLET, list(report.backlog))],
        as_of=as_of,
        is_line=True,
        empty=gettext("No points were waiting on these days."),
    )


def to_come(calendars, *, now, zone, as_of):
    """Which points become active, and which lapse, on the next days."""
    today = day_of(now, zone=zone)
    days = [today + timedelta(days=each) for each in range(DAYS_TO_COME + 1)]
    described = (
        (
            "activations",
            gettext("Points that become active"),
            gettext("In the next 90 days, by day, if nothing else happens."),
            VIOLET,
            calendars.activations,
            gettext("No points wait to become active in the next 90 days."),
        ),
        (
            "expiries",
            gettext("Points that expire"),
            gettext("In the next 90 days, by day, if nobody spends them before."),
            ORANGE,
            calendars.expiries,
            gettext("No points expire in the next 90 days."),
        ),
    )
    return [
        Chart(
            key=key,
            title=title,
            help=text,
            labels=_names(days),
            series=[(title, color, [points.get(day, 0) for day in days])],
            as_of=as_of,
            empty=_nothing(empty, as_of=calendars.at),
        )
        for key, title, text, color, points, empty in described
    ]


def breakage(calendars, *, as_of):
    """What was granted in each month, and what of it has expired since."""
    cohorts = calendars.cohorts[-MOST_MONTHS:]
    return Chart(
        key="breakage",
        title=gettext("Breakage by month of issue"),
        help=gettext("Points granted in each month, and how many of those expired."),
        labels=[
            f"{date_format(each.month, 'M Y')} ({each.percent:.0f}%)"
            for each in cohorts
        ],
        series=[
            (gettext("Granted"), VIOLET, [each.granted for each in cohorts]),
            (gettext("Expired of them"), ORANGE, [each.lapsed for each in cohorts]),
        ],
        as_of=as_of,
        empty=_nothing(
            gettext("No points were granted yet."), as_of=calendars.cohorts_at
        ),
    )


def lag(*, now, zone, as_of):
    """How late the sweeps were in each of the last 24 hours, in seconds."""
    start = now - timedelta(hours=HOURS - 1)
    hours = [(start + timedelta(hours=each)).astimezone(zone) for each in range(HOURS)]
    hours = [each.replace(minute=0, second=0, microsecond=0) for each in hours]
    names = dict(SweepRun.Name.choices)
    worst: dict[str, dict[datetime, float]] = {name: {} for name in names}
    runs = SweepRun.objects.filter(name__in=names, started_at__gte=hours[0])
    for name, hour, longest in (
        runs.exclude(lag=None)
        .annotate(hour=TruncHour("started_at", tzinfo=zone))
        .order_by()
        .values_list("name", "hour")
        .annotate(Max("lag"))
    ):
        worst[name][hour] = longest.total_seconds()
    seconds = max((max(each.values(), default=0) for each in worst.values()), default=0)
    fitting = [each for each in UNITS if seconds < MOST_OF_A_UNIT * each[0]]
    unit, told = fitting[0] if fitting else UNITS[-1]
    return Chart(
        key="lag",
        title=gettext("How late the sweeps were"),
        help=gettext("The longest wait of what was due, by hour, in %(unit)s.")
        % {"unit": told},
        labels=[date_format(each, "H:i") for each in hours],
        series=[
            (
                str(label),
                color,
                [round(worst[name].get(hour, 0) / unit, 1) for hour in hours],
            )
            for (name, label), color in zip(
                names.items(), (VIOLET, ORANGE, BLUE), strict=False
            )
        ],
        as_of=as_of,
        is_line=True,
        empty=gettext("Nothing was late in the last 24 hours."),
    )


def _nothing(text, *, as_of):
    """What an empty chart says: until somebody has looked, not that nothing is there."""
    return (
        text if as_of else gettext("These figures come with the worker's next round.")
    )


def _names(days):
    if days[0].year == days[-1].year:
        return [
            date_format(day, pgettext("how a day is written", "j M")) for day in days
        ]
    return [date_format(day) for day in days]
