"""What tests of the API share: a program with points, and somebody who calls."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from loyalty.tests.program import make_program


@pytest.fixture(autouse=True)
def _nothing_counted_yet():
    """No requests of an earlier test count against a caller's limit."""
    cache.clear()


@pytest.fixture
def program(db):
    """A card with points in every state, and a client that may do everything."""
    return make_program()


@pytest.fixture
def api(program):
    """Django's test client with the program's credentials."""
    return Client(headers=program.headers)


@pytest.fixture
def clock(now):
    """The clock stands still at `now`; a test may shift it."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock
