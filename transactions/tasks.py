"""Celery tasks: the clock and one sweep each. The rows are the queue, not the broker."""

from celery import shared_task
from django.utils import timezone

from transactions import sweeps


@shared_task
def activate_due() -> None:
    """Activate the pending buckets whose date has come."""
    sweeps.activate_due(now=timezone.now())


@shared_task
def expire_due() -> None:
    """Expire the active buckets whose date has come."""
    sweeps.expire_due(now=timezone.now())


@shared_task
def process_requests() -> None:
    """Decide requested activations and cancellations."""
    sweeps.process_requests(now=timezone.now())
