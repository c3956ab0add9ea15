"""Celery tasks: the clock and one sweep each. The rows are the queue, not the broker."""

from celery import shared_task
from django.utils import timezone

from transactions import jobs, sweeps


@shared_task
def activate_due() -> None:
    """Activate the pending buckets whose date has come."""
    sweeps.activate_due(now=timezone.now())


@shared_task
def expire_due() -> None:
    """Expire the active buckets whose date has come."""
    sweeps.expire_due(now=timezone.now())


@shared_task
def close_figures() -> None:
    """Add up the figures of what is new."""
    sweeps.close_figures(now=timezone.now())


@shared_task
def run_jobs() -> None:
    """Go on with what staff asked for, until nothing of it is left."""
    jobs.run_jobs(clock=timezone.now)


@shared_task
def process_requests() -> None:
    """Decide requested activations and cancellations."""
    sweeps.process_requests(now=timezone.now())
