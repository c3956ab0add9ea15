"""Work that staff ask for and do not wait for: bulk actions, imports and exports."""

from transactions.jobs.asking import (
    JobEnded,
    JobNotFailed,
    JobTooOld,
    cancel,
    retry,
    start,
)
from transactions.jobs.buckets import Forecast, NothingWaits, forecast, start_buckets
from transactions.jobs.files import append, content, read
from transactions.jobs.running import run_jobs, run_now
from transactions.jobs.steps import Step

__all__ = [
    "Forecast",
    "JobEnded",
    "JobNotFailed",
    "JobTooOld",
    "NothingWaits",
    "Step",
    "append",
    "cancel",
    "content",
    "forecast",
    "read",
    "retry",
    "run_jobs",
    "run_now",
    "start",
    "start_buckets",
]
