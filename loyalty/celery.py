"""The Celery app, used when CELERY_BROKER_URL is set.

The schedule is static: the rows in the database are the queue, and a message is only a
wake-up call. Losing one costs one tick.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")

app = Celery("loyalty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.update(
    # A message is done when its task is: a killed worker's message comes back.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # A worker that is busy leaves the other messages to the others.
    worker_prefetch_multiplier=1,
    # What was done stands in SweepRun rows, so no result store is needed.
    task_ignore_result=True,
    # The project's own logging, not Celery's.
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
)


def _every(seconds: int, task: str) -> dict[str, object]:
    # A tick that was not taken in time is worthless: the next one does the same work.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "activate due points": _every(60, "transactions.tasks.activate_due"),
    "expire due points": _every(60, "transactions.tasks.expire_due"),
    "process requests": _every(5, "transactions.tasks.process_requests"),
    "run jobs": _every(5, "transactions.tasks.run_jobs"),
    "close figures": _every(60, "transactions.tasks.close_figures"),
    "keep house": _every(3600, "loyalty.tasks.keep_house"),
}
