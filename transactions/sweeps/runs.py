"""One pass of a sweep: batch after batch, restartable at any point, with its record."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from transactions.models import SweepRun

BATCH_SIZE = 10_000

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """How one pass is run, whoever runs it.

    now: the moment of writing (aware).
    until: do what was due by then (aware, not after now).
    batch_size: rows done, and locked, together.
    progress: called with the number of rows after each batch.
    keep_going: asked before each batch, so that a worker can stop in between.
    """

    now: datetime
    until: datetime
    batch_size: int = BATCH_SIZE
    progress: Progress = lambda _: None
    keep_going: Callable[[], bool] = lambda: True


class Recorder:
    """The `SweepRun` of one pass, written when there is something to tell.

    Passes that do nothing share one row, as long as nothing new goes wrong, so a worker
    that looks every second leaves one row of its last look instead of a million.
    """

    def __init__(self, name: SweepRun.Name, *, sweep: Pass) -> None:
        self._sweep = sweep
        self._began = time.monotonic()
        self.run = SweepRun(name=name, until=sweep.until, started_at=sweep.now)

    def late_by(self, moment: datetime) -> None:
        """Note the moment at which the oldest row had been due."""
        lag = self._sweep.now - moment
        self.run.lag = max(lag, self.run.lag or lag)

    def batch(self, *, buckets: int, points: int) -> None:
        """Note one batch that is done."""
        self.run.batches += 1
        self.run.buckets += buckets
        self.run.points += points
        self.run.save()
        self._sweep.progress(buckets)

    def failed(self, error: Exception, *, of: str = "") -> None:
        """Note what went wrong, and with what, one line for each time."""
        told = " ".join(f"{type(error).__name__}: {error}".split())
        self.run.error += f"{of}: {told}\n" if of else f"{told}\n"

    def finish(self) -> SweepRun:
        """Close the record."""
        run = self.run
        run.finished_at = self._sweep.now + timedelta(
            seconds=time.monotonic() - self._began
        )
        if not run.batches:
            latest = SweepRun.objects.filter(name=run.name).order_by("-pk").first()
            if latest and latest.finished_at and not latest.batches:
                run.pk = latest.pk if latest.error == run.error else None
        run.save()
        return run


def in_batches(
    do_batch: Callable[[int, list[int]], tuple[int, int]],
    *,
    first: Callable[[list[int]], tuple[int, datetime] | None],
    sweep: Pass,
    recorder: Recorder,
    counted: bool = True,
    rows: str = "bucket",
) -> None:
    """Call `do_batch` with a size and the ids to skip, until nothing is left.

    A batch that the database refuses is halved until the row at fault stands alone;
    it is skipped and told, and does not stop the others. What is not counted only
    prepares another step, which counts the same rows.
    """
    skip: list[int] = []
    oldest = first(skip)
    if oldest is None:
        return  # a look takes no lock; a batch would, on SQLite
    recorder.late_by(oldest[1])
    size = sweep.batch_size
    while sweep.keep_going():
        try:
            done, points = do_batch(size, skip)
        except IntegrityError as error:
            if size > 1:
                size //= 2
                continue
            at_fault = first(skip)
            if at_fault is None:
                return
            skip.append(at_fault[0])
            recorder.failed(error, of=f"{rows} {at_fault[0]}")
            continue
        if not done:
            return
        if counted:
            recorder.batch(buckets=done, points=points)
        size = min(size * 2, sweep.batch_size)


def recorded(
    name: SweepRun.Name, *, sweep: Pass, parts: Iterable[Callable[[Recorder], None]]
) -> SweepRun:
    """Do the parts of a sweep and keep its record, also of a failure."""
    recorder = Recorder(name, sweep=sweep)
    try:
        for part in parts:
            part(recorder)
    except Exception as error:
        recorder.failed(error)
        recorder.finish()
        raise
    return recorder.finish()
