"""A database that other processes can open too, and commands that run beside a test."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection


@dataclass(frozen=True)
class RealDatabase:
    """A database in a file, or on a server; nothing of it is in this process only.

    url: what DATABASE_URL is in the other processes.
    path: the file, where it is one.
    """

    url: str
    path: Path | None = None

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start this Python with the arguments, beside the test."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": self.url} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command of manage.py beside the test."""
        return self.start("manage.py", *arguments, **environment)

    def call(self, *arguments: str) -> str:
        """Run a command of manage.py to its end; what it said. It must succeed."""
        process = self.manage(*arguments)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return output

    def make_backlog(self, *, buckets: int, cards: int = 1) -> None:
        """See `transactions.tests.backlog`."""
        self.call(
            "shell",
            "--no-imports",
            "-c",
            "from transactions.tests.backlog import make_backlog\n"
            f"make_backlog(buckets={buckets}, cards={cards})",
        )

    def execute(self, statement: str) -> None:
        """Change something, and commit it."""
        if self.path is None:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            return
        there = sqlite3.connect(self.path, timeout=20)
        with there:
            there.execute(statement)
        there.close()

    def number(self, query: str) -> int:
        """The one number that a query answers."""
        return int(self.rows(query)[0][0])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers, as it is committed now."""
        if self.path is None:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        there = sqlite3.connect(self.path, timeout=20)
        try:
            return there.execute(query).fetchall()
        finally:
            there.close()


def url_of_test_database() -> str:
    """The URL of the PostgreSQL database that this test runs in."""
    there = connection.settings_dict
    user = quote(there["USER"], safe="")
    password = f":{quote(there['PASSWORD'], safe='')}" if there["PASSWORD"] else ""
    place = f"{there['HOST']}:{there['PORT'] or 5432}"
    return f"postgres://{user}{password}@{place}/{there['NAME']}"


def wait_until(condition: Callable[[], Any], *, seconds: float = 30) -> bool:
    """Look until the condition holds; False if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
