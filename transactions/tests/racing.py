"""Calls at once on one card, each thinking before it writes, so that they really meet."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from loyalty.testing import race
from transactions.models import Transaction

WRITES = ("INSERT", "UPDATE", "DELETE")
THINKS = 0.15  # seconds


def only_on_postgresql(reason: str) -> Callable[[Any], Any]:
    """A mark for tests that SQLite has no use for."""

    def mark(test: Any) -> Any:
        skip = pytest.mark.skipif(connection.vendor != "postgresql", reason=reason)
        return pytest.mark.postgresql(skip(test))

    return mark


row_locks = only_on_postgresql("SQLite has one lock for all: the file's")


def thinking(call: Callable[[], Any]) -> Callable[[], Any]:
    """The call, with a moment's thought between what it reads and what it writes."""
    thought = threading.local()

    def think(execute, sql, params, many, context):
        if sql.startswith(WRITES) and not hasattr(thought, "done"):
            thought.done = True
            time.sleep(THINKS)
        return execute(sql, params, many, context)

    def run() -> Any:
        with connection.execute_wrapper(think):
            return call()

    return run


def at_once(call: Callable[[], Any], *, times: int) -> list[Any]:
    """What the call answers when it is made so many times at once."""
    return race(*[thinking(call)] * times)


def side_by_side(*calls: Callable[[], Any]) -> list[Any]:
    """What these calls answer when they are made at once."""
    return race(*map(thinking, calls))


def one_wins(outcomes: list[Any], *, refusal: type[Exception]) -> bool:
    """Whether one call was answered, and each other one refused for that reason."""
    answered = [each for each in outcomes if isinstance(each, Transaction)]
    refused = [each for each in outcomes if type(each) is refusal]
    return len(answered) == 1 and len(answered) + len(refused) == len(outcomes)
