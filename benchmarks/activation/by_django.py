"""What is due, activated through Django: by the project's command, and by a loop."""

import io
import time
from datetime import UTC, datetime

from django.core.management import call_command
from django.db import connection
from django.db.transaction import atomic

from accounts.models import Card
from transactions import sweeps
from transactions.models import Bucket, Transaction

# Enough to tell the first batch, which begins the record of the run, from the next.
BATCHES_COUNTED = 3


def sweep() -> float:
    """Run `activate_due_buckets`; answers how many seconds it took."""
    connection.ensure_connection()
    began = time.perf_counter()
    call_command("activate_due_buckets", verbosity=0, stdout=io.StringIO())
    return time.perf_counter() - began


def loop(*, count: int) -> float:
    """Activate the first `count` due buckets, each alone; answers the seconds."""
    connection.ensure_connection()
    began = time.perf_counter()
    now = datetime.now(UTC)
    due = Bucket.objects.pending().filter(activates_at__lte=now)
    first = due.order_by("activates_at", "pk").values_list("pk", "card_id")[:count]
    for pk, card_id in list(first):
        _activate(pk, card_id=card_id, now=now)
    return time.perf_counter() - began


def _activate(pk: int, *, card_id: int, now: datetime) -> None:
    with atomic():
        card = Card.objects.select_for_update(no_key=True).get(pk=card_id)
        bucket = Bucket.objects.select_for_update().get(pk=pk)
        bucket.status = Bucket.Status.ACTIVE
        bucket.save(update_fields=["status"])
        assert bucket.activates_at is not None
        Transaction.objects.create(
            card=card,
            bucket=bucket,
            type=Transaction.Type.PENDING_POINTS_ACTIVATED,
            points=bucket.remaining,
            pending_points=-bucket.remaining,
            effective_at=bucket.activates_at,
            created_at=now,
            actor="system",
        )


def statements_in_a_batch() -> list[str]:
    """What the sweep tells the database in one batch, first words only."""
    told: list[str] = []
    ends: list[int] = []

    def note(execute, sql, params, many, context):
        told.append(sql.split()[0])
        return execute(sql, params, many, context)

    due = Bucket.objects.pending().count()
    with connection.execute_wrapper(note):
        sweeps.activate_due(
            now=datetime.now(UTC),
            batch_size=max(1, min(due // BATCHES_COUNTED, 1_000)),
            progress=lambda _: ends.append(len(told)),
            keep_going=lambda: len(ends) < BATCHES_COUNTED,
        )
    return told[ends[-2] : ends[-1]]
