"""The pytest plugin with what tests of every app share: cards, clocks, races."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, settings

LONDON = ZoneInfo("Europe/London")

# No test fails because the machine is slow: no example is timed.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords at once: these protect nothing."""
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=quick):
        yield


@pytest.fixture
def now() -> datetime:
    """10 June 2025, 15:00 in London: the moment of the recipe's purchase."""
    return datetime(2025, 6, 10, 15, tzinfo=LONDON)


@pytest.fixture
def recipe_card(db: None) -> Any:
    """A card under the rules and rates of the pending points recipe."""
    from accounts.tests.factories import CardFactory
    from schemes.tests.factories import (
        BurnRateFactory,
        CardDefinitionFactory,
        EarnRateFactory,
    )

    definition = CardDefinitionFactory(recipe=True)
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    return CardFactory(definition=definition)


@pytest.fixture
def simple_card(db: None) -> Any:
    """A card whose points are active at once and never expire; one for each 100."""
    from accounts.tests.factories import CardFactory
    from schemes.tests.factories import EarnRateFactory

    card = CardFactory()
    EarnRateFactory(card_definition=card.definition)
    return card


@pytest.fixture
def staff_client(db: None, django_user_model: Any) -> Callable[..., Any]:
    """Log somebody in to the admin: `staff_client("Agent", unit)` is a browser of theirs.

    Of a role (none, if it is empty), for these units (for none at all), with further
    `permissions` such as "schemes.view_unit". The user is the browser's `user`; it has
    no password.
    """
    from django.contrib.auth.models import Group, Permission
    from django.test import Client

    from schemes.models import UnitAccess

    def log_in(
        role: str = "", *units: Any, permissions: Any = (), username: str = ""
    ) -> Any:
        number = django_user_model.objects.count()
        user = django_user_model.objects.create_user(
            username or f"{role or 'nobody'}-{number}".lower(), is_staff=True
        )
        if role:
            user.groups.add(Group.objects.get(name=role))
        for name in permissions:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        for unit in units:
            UnitAccess.objects.create(user=user, unit=unit)
        browser: Any = Client()
        browser.force_login(user)
        browser.user = user
        return browser

    return log_in


@pytest.fixture(autouse=True)
def _let_the_flush_through(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the append-only triggers away before a transactional test is cleaned up.

    The flush at its end announces a migrate, which puts them in place again.
    """
    transactional = _is_transactional(request)
    if transactional:
        request.getfixturevalue("transactional_db")
    yield
    if transactional:
        from transactions import triggers

        triggers.remove(connection)


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return "transactional_db" in request.fixturenames or (
        marker is not None and bool(marker.kwargs.get("transaction"))
    )


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Make the calls at once, each in a thread; answers and exceptions in their order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            outcomes[number] = call()
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, call))
        for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes
