"""What runs in a child process: builds the rows, or does them in one of two ways.

It prints one line of JSON.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import django
from django.utils import timezone

TOGETHER, ONE_BY_ONE = "together", "one by one"
ACTIVATE, CANCEL, IMPORT = "activate", "cancel", "import"


def main(what: str, how: str, rows: int) -> dict[str, Any]:
    """Do so many rows on the database at DATABASE_URL."""
    django.setup()
    if what == "build":
        from benchmarks.bulk.rows import build

        build(rows=rows, now=timezone.now())
        return {}
    from transactions.audit import disagreements

    do = _file(how, rows) if what == IMPORT else _buckets(what, how, rows)
    began, busy = perf_counter(), process_time()
    done = do()
    seconds, cpu = perf_counter() - began, process_time() - busy
    return {
        "done": done,
        "seconds": seconds,
        "cpu": cpu,
        "disagreements": [str(each) for each in disagreements()][:10],
    }


def _buckets(what: str, how: str, rows: int) -> Callable[[], int]:
    """A job of the worker's, or the verb for each bucket."""
    from schemes.models import Unit
    from transactions import jobs, ledger
    from transactions.models import Bucket, Job

    first = Bucket.objects.order_by("pk")[rows - 1]
    buckets = Bucket.objects.filter(pk__lte=first.pk)
    cause = ledger.Cause(actor="benchmark", reason="to be measured")
    kinds = {ACTIVATE: Job.Kind.ACTIVATE_BUCKETS, CANCEL: Job.Kind.CANCEL_BUCKETS}
    verbs: dict[str, Callable[..., Any]] = {
        ACTIVATE: ledger.activate,
        CANCEL: ledger.cancel,
    }

    def together() -> int:
        job = jobs.start_buckets(
            kind=kinds[what],
            unit=Unit.objects.get(),
            buckets=buckets.pending(),
            actor="benchmark",
            reason="to be measured",
            now=timezone.now(),
        )
        jobs.run_jobs(clock=timezone.now)
        job.refresh_from_db()
        return job.done

    def one_by_one() -> int:
        waiting = list(buckets.pending())
        for bucket in waiting:
            verbs[what](bucket=bucket, now=timezone.now(), cause=cause)
        return len(waiting)

    return together if how == TOGETHER else one_by_one


def _file(how: str, rows: int) -> Callable[[], int]:
    """A file as the command books it, or a line of it at a time."""
    from benchmarks.bulk.rows import write
    from schemes.models import CardDefinition
    from transactions.imports import FailureFile, Importer, Report, TransactionsFile
    from transactions.imports.running import BATCH_SIZE

    importer = Importer(
        definition=CardDefinition.objects.select_related("scheme__unit").get(),
        clock=timezone.now,
        batch_size=BATCH_SIZE if how == TOGETHER else 1,
    )
    directory = tempfile.TemporaryDirectory()
    path = Path(directory.name, "lines.csv")
    write(path, rows=rows, at=timezone.now())

    def book() -> int:
        report = Report()
        with (
            directory,
            TransactionsFile(path) as file,
            FailureFile(path.with_suffix(".errors"), header=file.header) as failures,
        ):
            importer.run(file, failures=failures, report=report)
        return report.booked

    return book


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
