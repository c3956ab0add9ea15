"""`manage.py work`: the worker beside the web server, where there is no broker."""

import logging
import random
from argparse import ArgumentParser
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from transactions import jobs, sweeps
from transactions.management.stopping import stop_on_signal

logger = logging.getLogger(__name__)

SWEEPS = (sweeps.process_requests, sweeps.activate_due, sweeps.expire_due)
# After a failure the worker waits longer each time, up to this many seconds.
LONGEST_WAIT = 60.0
HOUSEKEEPING_EVERY = timedelta(hours=1)
AT_JOBS = timedelta(seconds=5)


class Command(BaseCommand):
    help = "Do what is due, again and again, until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval",
            type=float,
            default=2.0,
            metavar="SECONDS",
            help="How long to rest after each round (default: 2).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        interval = options["interval"]
        if not 0 < interval <= LONGEST_WAIT:
            raise CommandError(f"--interval must be above 0, up to {LONGEST_WAIT:g}.")
        wait = interval
        tidied_at: datetime | None = None
        with stop_on_signal() as stop:
            logger.info("The worker has started.")
            while not stop.is_set():
                close_old_connections()
                try:
                    _round(keep_going=lambda: not stop.is_set())
                    _run_jobs(stop)
                    sweeps.close_figures(
                        now=timezone.now(), keep_going=lambda: not stop.is_set()
                    )
                    tidied_at = _tidy(last=tidied_at, now=timezone.now())
                    wait = interval
                except DatabaseError:
                    # The rows are the queue, so nothing is lost by trying later.
                    logger.exception("A round failed; trying again.")
                    connection.close()
                    wait = min(wait * 2, LONGEST_WAIT)
                # Several workers should not all look at the same moment.
                stop.wait(wait * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        logger.info("The worker has stopped.")


def _round(**how: Any) -> None:
    for sweep in SWEEPS:
        run = sweep(now=timezone.now(), **how)
        if run.buckets or run.error:
            logger.info(
                "%s: %d done, %d points. %s",
                run.name,
                run.buckets,
                run.points,
                run.error,
            )


def _run_jobs(stop: Event) -> None:
    """Go on with staff's jobs for a while; what is due comes first again then."""
    until = timezone.now() + AT_JOBS

    def keep_going() -> bool:
        return not stop.is_set() and timezone.now() < until

    jobs.run_jobs(clock=timezone.now, keep_going=keep_going)


def _tidy(*, last: datetime | None, now: datetime) -> datetime:
    """Do the HOUSEKEEPING unless it was done within the hour; answers when it was."""
    if last is not None and now - last < HOUSEKEEPING_EVERY:
        return last
    for name in settings.HOUSEKEEPING:
        import_string(name)(now=now)
    return now
