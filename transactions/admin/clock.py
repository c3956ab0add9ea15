"""When work was last looked for, and how long ago something was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transactions.models import SweepRun

# The worker looks for all work every few seconds, Celery's beat for requests. What is
# due by its date is looked for once a minute by the latter.
SILENT_AFTER = timedelta(minutes=1)
SWEEP_SILENT_AFTER = timedelta(minutes=2)


def ago(at: datetime, *, now: datetime) -> str:
    """How long before `now` a moment was, in its largest unit: "3 days" (ago)."""
    if now - at < timedelta(minutes=1):
        return _("less than a minute")
    # Some languages say "3 days" in another way before "ago".
    words = NaturalTimeFormatter.past_substrings
    return timesince(at, now, time_strings=words, depth=1)


def lasting(lag: timedelta | None) -> str:
    """How long something took or waited, to the second; "-" where nothing did."""
    if lag is None:
        return "-"
    minutes, seconds = divmod(round(lag.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours}:{minutes:02}:{seconds:02}"
    if not days:
        return clock
    return ngettext("%(days)d day, %(clock)s", "%(days)d days, %(clock)s", days) % {
        "days": days,
        "clock": clock,
    }


def seen(run: SweepRun) -> datetime:
    """When a run was last known to be alive."""
    return run.finished_at or run.started_at


@dataclass(frozen=True)
class LastLook:
    """When work was last looked for, by any worker, and by each sweep."""

    now: datetime

    @cached_property
    def runs(self) -> dict[str, SweepRun]:
        """The latest run of each sweep, by its name."""
        latest = {}
        for name in SweepRun.Name.values:
            run = SweepRun.objects.filter(name=name).order_by("-started_at").first()
            if run is not None:
                latest[name] = run
        return latest

    @property
    def at(self) -> datetime | None:
        """The latest sign of life of a worker; None: there never was one."""
        return max((seen(run) for run in self.runs.values()), default=None)

    @property
    def is_silent(self) -> bool:
        """Whether no worker has looked for any work lately."""
        return self.at is None or self.at < self.now - SILENT_AFTER

    def is_late(self, name: str) -> bool:
        """Whether this sweep has not run lately."""
        run = self.runs.get(name)
        return run is None or seen(run) < self.now - SWEEP_SILENT_AFTER

    def warning(self) -> str:
        """What to tell whoever waits for a worker; empty while one is alive."""
        if not self.is_silent:
            return ""
        if self.at is None:
            return _("No worker has ever looked for work: start `manage.py work`.")
        return _("No worker has looked for work since %(moment)s: start it again.") % {
            "moment": date_format(timezone.localtime(self.at), "DATETIME_FORMAT")
        }
