"""Reading environment variables: a wrong value is refused by name, never guessed at."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_POSTGRESQL = frozenset({"postgres", "postgresql"})
_CACHES = frozenset({"redis", "rediss", "dbcache", "locmemcache"})


def read_file(path: Path) -> None:
    """Add what `path` says to the environment; what is already there wins."""
    environ.Env.read_env(path)


def optional_file(name: str, *, default: Path) -> Path | None:
    """Return the file to read: the one named, the default if it is there, or none."""
    if name not in os.environ:
        return default if default.is_file() else None
    if not (value := text(name)):
        return None
    if not Path(value).is_file():
        raise _wrong(name, "a file that exists, or empty", value)
    return Path(value)


def text(name: str, default: str = "") -> str:
    """Return the variable without surrounding blanks; empty counts as not set."""
    return os.environ.get(name, "").strip() or default


def choice(name: str, *, default: str, choices: Collection[str]) -> str:
    value = text(name, default).upper()
    if value not in choices:
        raise _wrong(name, f"one of {', '.join(choices)}", value)
    return value


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in _BOOLEANS:
        raise _wrong(name, "true or false", value)
    return _BOOLEANS[value]


def integer(name: str, *, default: int, minimum: int = 0) -> int:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if number < minimum:
        raise _wrong(name, f"a whole number, {minimum} or more", value)
    return number


def words(name: str) -> list[str]:
    """Return a comma-separated list; blanks and empty items are dropped."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def origins(name: str) -> list[str]:
    """Return a list of origins, each with its scheme, as Django wants them."""
    values = words(name)
    for value in values:
        if not value.startswith(("http://", "https://")):
            raise _wrong(name, "origins such as https://points.example.com", value)
    return values


def broker(name: str) -> str:
    """Return the URL of a Celery broker, or an empty string for none."""
    value = text(name)
    if value and not ("://" in value and urlsplit(value).scheme):
        raise _wrong(name, "a URL such as redis://127.0.0.1:6379/0", _hidden(value))
    return value


def cache(name: str) -> dict[str, Any] | None:
    """Return Django's configuration of the cache at this URL, None if there is none."""
    value = text(name)
    if not value:
        return None
    if "://" not in value or urlsplit(value).scheme not in _CACHES:
        raise _wrong(
            name,
            "a URL such as redis://127.0.0.1:6379/1 or dbcache://cache_table",
            _hidden(value),
        )
    return dict(environ.Env.cache_url_config(value))


def database(name: str, *, default: str, base: Path) -> dict[str, Any]:
    """Return Django's configuration of the database at this URL.

    A relative SQLite path is taken from `base`, so that the same file is meant from
    whichever directory a command is started.

    :raises ImproperlyConfigured: for anything but SQLite or PostgreSQL.
    """
    value = text(name, default)
    scheme = urlsplit(value).scheme if "://" in value else ""
    if scheme == "sqlite":
        return _sqlite(value, name=name, base=base)
    if scheme in _POSTGRESQL:
        return _postgresql(value, name=name)
    raise _wrong_database(name, value)


def _sqlite(value: str, *, name: str, base: Path) -> dict[str, Any]:
    if value in {"sqlite://", "sqlite://:memory:"}:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    # sqlite://name.db, a slash short, would be read as a host and no file at all.
    if urlsplit(value).netloc or not urlsplit(value).path.strip("/"):
        raise _wrong_database(name, value)
    config: dict[str, Any] = dict(environ.Env.db_url_config(value))
    return config | {"NAME": str(base / config["NAME"])}


def _postgresql(value: str, *, name: str) -> dict[str, Any]:
    try:
        port_is_valid = urlsplit(value).port != 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or not urlsplit(value).path.strip("/"):
        raise _wrong_database(name, value)
    return dict(environ.Env.db_url_config(value))


def _wrong_database(name: str, value: str) -> ImproperlyConfigured:
    return _wrong(
        name,
        "sqlite:///file.sqlite3 or postgres://user:password@host:5432/name "
        "(with special characters in the password URL-encoded)",
        _hidden(value),
    )


def _hidden(value: str) -> str:
    """Return a URL without its user and password, which must not reach a log."""
    before, at, after = value.rpartition("@")
    return f"{before.split('://')[0]}://***@{after}" if at else value


def _wrong(name: str, expected: str, value: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} must be {expected}; it is {value!r}.")
