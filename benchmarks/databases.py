"""Databases that live as long as a measure: one is built, then copied for each run.

A copy has the same pages, statistics and triggers as what was built, so every run
begins with the same, and what a run leaves behind is simply dropped.
"""

import os
import shutil
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier


class DatabaseUnavailable(Exception):
    """There is no such server, or it does not let us in."""


class Server(ABC):
    """Where databases are made: a PostgreSQL server, or a directory for SQLite."""

    name: str

    @abstractmethod
    @contextmanager
    def original(self) -> Iterator[str]:
        """The URL of a new, empty database to build in."""

    @abstractmethod
    def ready(self) -> None:
        """What an operator, or the server itself, does after so many rows are new."""

    @abstractmethod
    @contextmanager
    def copied(self) -> Iterator[str]:
        """The URL of a fresh copy of the original, which nobody may be using."""


class PostgreSQL(Server):
    """Two databases with names of their own; the one in the URL is never touched."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._original = f"loyalty_bench_{os.getpid()}"
        self._copy = f"{self._original}_copy"
        try:
            with self._maintenance() as connection:
                self._version = connection.info.server_version
                status = connection.info.parameter_status("server_version") or ""
        except psycopg.Error as error:
            raise _unavailable(error) from None
        self.name = f"PostgreSQL {status.split()[0]}"

    @contextmanager
    def original(self) -> Iterator[str]:
        with self._made(self._original, "CREATE DATABASE {name}") as url:
            yield url

    def ready(self) -> None:
        with psycopg.connect(self._at(self._original), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")

    @contextmanager
    def copied(self) -> Iterator[str]:
        statement = "CREATE DATABASE {name} TEMPLATE {original}"
        if self._version >= 150000:
            # Copies files between two checkpoints, as all versions before did.
            statement += " STRATEGY FILE_COPY"
        with self._made(self._copy, statement) as url:
            yield url

    @contextmanager
    def _made(self, name: str, statement: LiteralString) -> Iterator[str]:
        names = {"name": Identifier(name), "original": Identifier(self._original)}
        try:
            with self._maintenance() as connection:
                connection.execute(SQL(statement).format(**names))
        except psycopg.Error as error:
            raise _unavailable(error) from None
        try:
            yield self._at(name)
        finally:
            with self._maintenance() as connection:
                connection.execute(
                    SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names)
                )

    def _maintenance(self) -> psycopg.Connection:
        # Every server has this database.
        return psycopg.connect(self._at("postgres"), connect_timeout=5, autocommit=True)

    def _at(self, name: str) -> str:
        return self._url._replace(path=f"/{name}").geturl()


class SQLite(Server):
    """Files in a temporary directory beside the file in the URL."""

    name = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, url: str) -> None:
        path = urlsplit(url).path.removeprefix("/")
        self._beside = Path(path).resolve().parent if path else None
        self._original = Path()

    @contextmanager
    def original(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(
            prefix="loyalty-bench-", dir=self._beside
        ) as directory:
            self._original = Path(directory, "original.sqlite3")
            yield f"sqlite:///{self._original}"

    def ready(self) -> None:
        """Nothing: SQLite gathers no statistics by itself."""

    @contextmanager
    def copied(self) -> Iterator[str]:
        copy = self._original.with_name("copy.sqlite3")
        shutil.copyfile(self._original, copy)
        with copy.open("rb+") as file:
            os.fsync(file.fileno())  # not while the copy is being measured
        yield f"sqlite:///{copy}"
        for path in copy.parent.glob("copy.sqlite3*"):
            path.unlink()


def _unavailable(error: psycopg.Error) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"No PostgreSQL: {str(error).strip().splitlines()[0]}")


def server_at(url: str) -> Server:
    """The server at this URL.

    :raises DatabaseUnavailable: when it does not answer.
    """
    return SQLite(url) if url.startswith("sqlite:") else PostgreSQL(url)
