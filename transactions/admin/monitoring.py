"""How the work that happens by itself goes: worker, sweeps, requests, holds, jobs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.errors import Refusal
from schemes import access
from schemes.admin.readable import UTC, local
from schemes.sentences import in_words, number
from transactions import ledger, sweeps
from transactions.admin.clock import LastLook, ago, lasting, seen
from transactions.admin.jobs import may_steer
from transactions.models import Bucket, Job, SweepRun, Transaction

MAY_WATCH = "transactions.view_monitoring"
# A pass by hand is to bridge a gap, while somebody waits for the page.
SECONDS = 4
ROWS_IN_A_BATCH = 1_000
COUNTED = 1_000
SHOWN = 10
LATELY = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A sweep as this page has it. Due are the rows that it has still to write.

    in_order: as the index of its own has them.
    """

    run: Callable[..., SweepRun]
    permission: str
    model: type[Any]
    due: Callable[..., Q]
    in_order: tuple[str, ...]


def _lapsed(*, at: Any) -> Q:
    return Q(status=Bucket.Status.ACTIVE, remaining__gt=0, expires_at__lte=at)


def _undecided(*, at: Any) -> Q:
    return _open() & (Q(held_until=None) | Q(held_until__lte=at))


def _open() -> Q:
    status = Transaction.Status
    return Q(status__in=[status.PENDING, status.PROCESSING])


def _ripe(*, at: Any) -> Q:
    return Q(status=Bucket.Status.PENDING, activates_at__lte=at)


Name = SweepRun.Name
SWEEPS: Mapping[str, Watched] = {
    Name.ACTIVATE_DUE: Watched(
        run=sweeps.activate_due,
        permission="transactions.activate_bucket",
        model=Bucket,
        due=_ripe,
        in_order=("activates_at", "pk"),
    ),
    Name.EXPIRE_DUE: Watched(
        run=sweeps.expire_due,
        permission="transactions.expire_bucket",
        model=Bucket,
        due=_lapsed,
        in_order=("expires_at", "pk"),
    ),
    Name.PROCESS_REQUESTS: Watched(
        run=sweeps.process_requests,
        permission="transactions.retry_request",
        model=Transaction,
        due=_undecided,
        in_order=("pk",),
    ),
}


# Requests that the worker decided against; holds that lapsed are none.
REJECTED = {
    "status": Transaction.Status.REJECTED,
    "type__in": (
        Transaction.Type.PENDING_POINTS_ACTIVATED,
        Transaction.Type.PENDING_POINTS_CANCELED,
    ),
}
AGAIN: Mapping[str, Callable[..., Transaction]] = {
    Transaction.Type.PENDING_POINTS_ACTIVATED: ledger.request_activation,
    Transaction.Type.PENDING_POINTS_CANCELED: ledger.request_cancellation,
}


class Monitoring:
    """The page and what can be pressed on it. Part of the pages of sweep runs."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def pages(self) -> list[Any]:
        """The addresses, for the page of sweep runs to have among its own."""
        view = self.page.admin_site.admin_view
        name = "transactions_sweeprun_monitoring"
        return [
            path("monitoring/", view(self.show), name=name),
            path("monitoring/run/<slug:sweep>/", view(self.run), name=f"{name}_run"),
            path(
                "monitoring/again/<int:request_id>/",
                view(self.ask_again),
                name=f"{name}_again",
            ),
        ]

    def show(self, request):
        """The page."""
        _require(request, MAY_WATCH)
        now = timezone.now()
        look = LastLook(now)
        requests = self._due(request, SWEEPS[Name.PROCESS_REQUESTS], at=now)
        holds = self._of_own(request, Transaction).open_holds()
        holds = holds.filter(held_until__gt=now).order_by("pk")
        context = {
            **self.page.admin_site.each_context(request),
            "title": _("Monitoring"),
            "look": look,
            "seen": look.at and ago(look.at, now=now),
            "sweeps": [self._sweep(request, name, look) for name in SWEEPS],
            "runs": self._runs(request),
            "requests": _counted(requests, oldest=Min("created_at")),
            "rejected": self._rejected(request, now=now),
            "may_retry": request.user.has_perm("transactions.retry_request"),
            "holds": _holds(holds),
            "jobs": self._jobs(request),
            "may_see_jobs": request.user.has_perm("transactions.view_job"),
            "own_units": not request.user.is_superuser,
        }
        return TemplateResponse(request, "admin/transactions/monitoring.html", context)

    # --- What can be pressed ----------------------------------------------------------

    def run(self, request, sweep):
        """Let a sweep run for a few seconds, whatever the worker does."""
        if sweep not in SWEEPS:
            raise Http404
        watched = SWEEPS[sweep]
        _require(request, MAY_WATCH, watched.permission)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        until = time.monotonic() + SECONDS
        try:
            run = watched.run(
                now=timezone.now(),
                batch_size=ROWS_IN_A_BATCH,
                keep_going=lambda: time.monotonic() < until,
            )
        except DatabaseError:
            said, level = _("The sweep failed. Try again."), messages.ERROR
        else:
            more = self._due(request, watched, at=run.until).first()
            said = _("The sweep ran; more is left.") if more else _("The sweep ran.")
            level = messages.WARNING if more else messages.SUCCESS
        messages.add_message(request, level, said)
        return redirect("admin:transactions_sweeprun_monitoring")

    def ask_again(self, request, request_id):
        """Ask once more for what a request asked for that was rejected."""
        _require(request, MAY_WATCH, "transactions.retry_request")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rows = self._of_own(request, Transaction).filter(**REJECTED)
        rejected = rows.select_related("bucket").filter(pk=request_id).first()
        if rejected is None:
            raise Http404
        cause = ledger.Cause(
            actor=f"staff:{request.user.get_username()}", reason=rejected.reason
        )
        verb = AGAIN[rejected.type]
        try:
            verb(bucket=rejected.bucket, now=timezone.now(), cause=cause)
        except Refusal as refusal:
            messages.error(request, in_words(refusal))
        else:
            messages.success(request, _("It is asked for again; the worker decides."))
        return redirect("admin:transactions_sweeprun_monitoring")

    # --- What is shown ----------------------------------------------------------------

    def _of_own(self, request, model):
        path_ = "card__member__unit"
        return access.rows_for(request.user, model.objects.all(), unit_path=path_)

    def _due(self, request, watched, *, at):
        """What a sweep has still to write of the reader's units.

        In order: PostgreSQL expects far more of them than there are, and would look
        for them in the whole table.
        """
        rows = self._of_own(request, watched.model).filter(watched.due(at=at))
        return rows.order_by(*watched.in_order)

    def _sweep(self, request, name, look):
        watched, run = SWEEPS[name], look.runs.get(name)
        due = self._due(request, watched, at=look.now)
        return {
            "name": name,
            "title": Name(name).label,
            "run": run,
            "ago": run and ago(seen(run), now=look.now),
            "silent": look.is_late(name),
            "due": _counted(due)["text"],
            "may_run": request.user.has_perm(watched.permission),
        }

    def _runs(self, request):
        """The latest runs; how much each did, and to what, is for superusers."""
        told = request.user.is_superuser
        headers = [_("Sweep"), _("Started"), _("Lag"), _("Outcome")]
        rows = []
        for run in SweepRun.objects.order_by("-pk")[:SHOWN]:
            outcome = _("Failed") if run.error else _("Done")
            row = [
                run.get_name_display(),
                local(run.started_at, UTC),
                lasting(run.lag),
                (run.error if told and run.error else outcome)
                if run.finished_at
                else _("Running"),
            ]
            if told:
                row[3:3] = [number(run.buckets), number(run.points)]
            rows.append(row)
        if told:
            headers[3:3] = [_("Rows"), _("Points")]
        return {"headers": headers, "rows": rows}

    def _rejected(self, request, *, now):
        rows = self._of_own(request, Transaction).filter(
            **REJECTED, processed_at__gte=now - LATELY
        )
        rows = rows.select_related("card", "bucket").order_by("-processed_at", "-pk")
        found = rows[:SHOWN]
        buckets = [row.bucket_id for row in found]
        since = Transaction.objects.filter(bucket__in=buckets, type__in=AGAIN)
        last = dict(since.values_list("bucket").annotate(Max("pk")))
        for row in found:
            row.dealt_with = last[row.bucket_id] > row.pk
            row.why = row.details.get("rejection", {}).get("details") or "-"
            row.at = local(row.processed_at, UTC)
        return found

    def _jobs(self, request):
        open_or_failed = [Job.Status.WAITING, Job.Status.RUNNING, Job.Status.FAILED]
        rows = access.rows_for(request.user, Job.objects.all(), unit_path="unit")
        found = rows.filter(status__in=open_or_failed).order_by("-pk")[:SHOWN]
        return [(job, may_steer(request.user, job)) for job in found]


def _require(request: Any, *permissions: str) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def _counted(rows: QuerySet[Any], **more: Any) -> dict[str, Any]:
    """How many rows, up to a bound, and more about those."""
    counted = rows[: COUNTED + 1].aggregate(number=Count("pk"), **more)
    more = counted["number"] > COUNTED
    text = f"{number(COUNTED)}+" if more else number(counted["number"])
    return {**counted, "text": text}


def _holds(rows: QuerySet[Transaction]) -> dict[str, Any]:
    counted = _counted(rows, points=Sum("points"), next=Min("held_until"))
    return {**counted, "held": number(-(counted["points"] or 0))}
