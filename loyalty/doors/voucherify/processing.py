"""Who processes what was requested: Celery, a worker, or else this very process."""

from datetime import datetime

from django.conf import settings
from django.db.transaction import on_commit

from transactions import ledger
from transactions.models import Transaction


def process_soon(request: Transaction, *, now: datetime) -> None:
    """See that a request is processed, once it is committed.

    The row is the queue, and whoever reads it next processes it: so what fails here
    is logged (`robust`) and does not fail the caller.
    """

    def wake_celery() -> None:
        # Here, so that a web server without a broker does not load Celery. By its
        # name, because only the thread that made the app has it as its current one.
        from loyalty.celery import app

        app.send_task("transactions.tasks.process_requests", retry=False)

    def process_here() -> None:
        ledger.process(requests=[request], now=now)

    if settings.CELERY_BROKER_URL:
        on_commit(wake_celery, robust=True)
    elif not settings.HAS_WORKER:
        on_commit(process_here, robust=True)
