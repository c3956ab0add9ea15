"""Databases for tests that start other processes, or threads that write at once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from transactions.tests.file_database import in_a_file
from transactions.tests.processes import RealDatabase, url_of_test_database


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with empty tables, made by `manage.py migrate` once."""
    path = tmp_path_factory.mktemp("migrated") / "template.sqlite3"
    RealDatabase(f"sqlite:///{path}", path).call("migrate", "--verbosity", "0")
    return path


@pytest.fixture
def real_database(
    request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path
) -> RealDatabase:
    """An empty database that other processes can open, too."""
    if connection.vendor == "postgresql":
        return RealDatabase(url_of_test_database())
    path = tmp_path / "points.sqlite3"
    # Closed cleanly, all of it is in the one file.
    shutil.copy(request.getfixturevalue("_migrated"), path)
    return RealDatabase(f"sqlite:///{path}", path)


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that threads can share."""
    if connection.vendor != "sqlite":
        yield
        return
    with in_a_file(tmp_path / "race.sqlite3"):
        yield
