"""What a load balancer and a monitor ask: are you there, can you work, how is it going."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min, Q, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Card
from loyalty.api.requests import count_of_answers
from transactions import sweeps
from transactions.models import Bucket, SweepRun

# Figures over all buckets are computed at most this often, in seconds.
FIGURES_LAST = 15


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated; and how late the oldest due bucket is."""
    try:
        executor = MigrationExecutor(connection)
        targets = executor.loader.graph.leaf_nodes()
        migrated = not executor.migration_plan(targets)
        late = _oldest_due_seconds() if migrated else None
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse(
        {
            "database": "ok",
            "migrations": "ok" if migrated else "missing",
            "oldest_due_seconds": late,
        },
        status=200 if migrated else 503,
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in the text format of Prometheus."""
    if not _may_read(request):
        answer = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    lines = cache.get_or_set("metrics", lambda: list(_figures()), FIGURES_LAST)
    lines = [*(lines or ()), *_answers()]
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def _may_read(request: HttpRequest) -> bool:
    """Superusers, as they see all units, whoever knows METRICS_TOKEN; with DEBUG all."""
    if settings.DEBUG or request.user.is_superuser:
        return True
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, expected)


def _oldest_due_seconds() -> float:
    now = timezone.now()
    pending, active = Bucket.objects.pending(), Bucket.objects.open()
    oldest = [
        pending.filter(activates_at__lte=now).aggregate(at=Min("activates_at"))["at"],
        active.filter(status="ACTIVE", expires_at__lte=now).aggregate(
            at=Min("expires_at")
        )["at"],
    ]
    return max((now - at).total_seconds() if at else 0.0 for at in oldest)


def _figures() -> Iterator[str]:
    now = timezone.now()
    yield from _gauge(
        "loyalty_due_rows",
        "Rows that are due and not done yet.",
        {
            '{sweep="activate_due"}': sweeps.count_to_activate(until=now)[0],
            '{sweep="expire_due"}': sweeps.count_to_expire(until=now)[0],
            '{sweep="process_requests"}': sweeps.count_requests(until=now)[0],
        },
    )
    yield from _gauge(
        "loyalty_oldest_due_seconds",
        "How long the oldest due bucket has waited.",
        {"": round(_oldest_due_seconds(), 3)},
    )
    held = Bucket.objects.open().aggregate(
        active=Sum("remaining", filter=Q(status="ACTIVE"), default=0),
        pending=Sum("remaining", filter=Q(status="PENDING"), default=0),
    )
    owed = Card.objects.filter(overdraft__gt=0).aggregate(
        owed=Sum("overdraft", default=0)
    )
    yield from _gauge(
        "loyalty_points",
        "Points by state.",
        {
            '{state="active"}': held["active"],
            '{state="pending"}': held["pending"],
            '{state="overdraft"}': owed["owed"],
        },
    )
    lags = {}
    for name in SweepRun.Name.values:
        last = SweepRun.objects.filter(name=name).order_by("-started_at").first()
        if last is not None:
            age = (now - (last.finished_at or last.started_at)).total_seconds()
            lags[f'{{sweep="{name.lower()}"}}'] = round(age, 3)
    yield from _gauge(
        "loyalty_sweep_age_seconds", "How long ago each sweep last looked.", lags
    )


def _answers() -> Iterator[str]:
    name = "loyalty_http_responses_total"
    yield f"# HELP {name} Answers since the cache began, by their class."
    yield f"# TYPE {name} counter"
    for status_class, count in count_of_answers().items():
        yield f'{name}{{status="{status_class}"}} {count}'


def _gauge(name: str, about: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for labels, value in values.items():
        yield f"{name}{labels} {value}"
