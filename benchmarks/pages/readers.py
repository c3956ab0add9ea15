"""Who opens the pages: somebody who sees everything, and staff of a unit."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.models import Member
from loyalty.roles import ADMINISTRATOR
from schemes.models import Unit, UnitAccess

Reader = tuple[str, Any, Client]


def readers() -> Iterator[Reader]:
    """A superuser, staff of the unit with the members, and staff of an empty one.

    The last one's pages are the hardest: nothing is theirs among millions of rows.
    """
    yield _logged_in("superuser", is_superuser=True)
    # Where there is no other unit, nobody is asked for theirs.
    empty = Unit.objects.create(name="Empty", incoming_identifier="benchmarkEmpty")
    member = Member.objects.order_by("pk").first()
    if member is not None:
        yield _works_for("staff", member.unit)
    yield _works_for("staff of an empty unit", empty)


def _works_for(name: str, unit: Unit) -> Reader:
    reader = _logged_in(name)
    user = reader[1]
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    UnitAccess.objects.create(user=user, unit=unit)
    return reader


def _logged_in(name: str, **how: bool) -> Reader:
    user = User.objects.create(username=f"benchmark {name}", is_staff=True, **how)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return name, user, client
