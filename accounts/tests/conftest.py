"""What the tests of clients share: making one, and coming in."""

import pytest

from accounts import clients
from schemes.tests.factories import UnitFactory


@pytest.fixture
def make(now):
    def make(**options):
        given = {"name": "Till", "scopes": ["points:write"], "now": now}
        if "unit" not in options:
            given["unit"] = UnitFactory()
        return clients.create_client(**(given | options))

    return make


@pytest.fixture
def enter(now):
    def enter(client_id, secret, *, at=now, address="192.0.2.1"):
        return clients.authenticate(
            client_id=client_id, secret=secret, address=address, now=at
        )

    return enter
