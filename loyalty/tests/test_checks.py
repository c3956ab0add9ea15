"""The system checks: what they warn of, and where they are silent."""

from types import SimpleNamespace

import pytest
from django.core import checks as django_checks

from loyalty import checks

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "points.sqlite3"}
POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "NAME": "points"}


@pytest.fixture
def databases(monkeypatch):
    """Replace the databases that the checks see; Django keeps its own."""
    return lambda **found: monkeypatch.setattr(
        checks, "settings", SimpleNamespace(DATABASES=found)
    )


def ids(messages):
    return [message.id for message in messages]


def test_both_checks_run_with_every_check_command():
    registered = django_checks.registry.registry.get_checks()
    assert checks.sqlite_takes_the_write_lock_at_once in registered
    assert checks.debug_stays_on_this_machine in registered


@pytest.mark.parametrize("options", [{}, {"transaction_mode": "DEFERRED"}])
def test_sqlite_that_begins_without_the_lock_is_an_error(databases, options):
    databases(default={**SQLITE, "OPTIONS": options})
    assert ids(checks.sqlite_takes_the_write_lock_at_once(None)) == ["loyalty.E001"]


@pytest.mark.parametrize(
    "database",
    [{**SQLITE, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}, POSTGRESQL],
)
def test_sqlite_that_begins_with_the_lock_and_postgresql_pass(databases, database):
    databases(default=database)
    assert checks.sqlite_takes_the_write_lock_at_once(None) == []


@pytest.mark.parametrize("host", ["*", "points.example.com", ".localhost.example.com"])
def test_debug_that_others_can_reach_is_a_warning(settings, host):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", host]
    (warning,) = checks.debug_stays_on_this_machine(None)
    assert warning.id == "loyalty.W001"
    assert warning.msg.endswith(f"names {host}.")


def test_debug_on_this_machine_is_silent(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
    assert checks.debug_stays_on_this_machine(None) == []


def test_a_public_host_without_debug_is_silent(settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    assert checks.debug_stays_on_this_machine(None) == []
