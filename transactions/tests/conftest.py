"""Fixtures of tests that start other processes."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

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
