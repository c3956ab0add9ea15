"""What runs in a child process: opens every page as three readers, and tells how long.

It prints one line of JSON. Whatever it writes, users and their sessions, is undone.
"""

import json
import sys
from time import perf_counter, process_time
from typing import Any

import django

# The slowest pages are not opened again: they are too slow already.
PATIENCE = 5.0
# No files are collected for a measure, so none is named by its content.
SETTINGS: dict[str, Any] = {
    "ALLOWED_HOSTS": ["localhost"],
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        },
    },
}


def main(rounds: int, wanted: str) -> dict[str, Any]:
    """Measure the database at DATABASE_URL; `wanted`: a part of the names to measure."""
    django.setup()
    from django.db.transaction import atomic, set_rollback
    from django.test import override_settings

    from benchmarks.pages.addresses import addresses
    from benchmarks.pages.readers import readers

    with override_settings(**SETTINGS), atomic():
        pages = [
            {"reader": reader, "page": name} | _opened(client, address, rounds=rounds)
            for reader, user, client in readers()
            for name, address in addresses(user)
            if wanted in f"{reader}: {name}"
        ]
        set_rollback(True)
    return {"pages": pages}


def _opened(client: Any, address: str, *, rounds: int) -> dict[str, Any]:
    """The seconds that a page takes once it is warm, and its statements."""
    took = [_once(client, address)]
    while len(took) <= rounds and took[-1]["seconds"] < PATIENCE:
        took.append(_once(client, address))
    warm = took[1:] or took
    return sorted(warm, key=lambda each: each["seconds"])[len(warm) // 2]


def _once(client: Any, address: str) -> dict[str, Any]:
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    reset_queries()  # of thousands Django keeps the last, and would count none
    with CaptureQueriesContext(connection) as queries:
        began, busy = perf_counter(), process_time()
        answer = client.get(address, secure=True)
        seconds, cpu = perf_counter() - began, process_time() - busy
    if answer.status_code != 200:
        raise AssertionError(f"{address}: {answer.status_code}")
    captured = list(queries)
    longest = max(captured, key=lambda query: float(query["time"]), default={})
    return {
        "seconds": seconds,
        "cpu": cpu,
        "sql": sum(float(query["time"]) for query in captured),
        "statements": len(captured),
        "longest": longest.get("sql", ""),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2])))
