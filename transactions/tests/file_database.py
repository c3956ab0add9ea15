"""An SQLite test database that several threads can open: in a file, not in memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def in_a_file(path: Path) -> Iterator[None]:
    """Let every connection open a copy of the test database in a file, for a while.

    Connections that share a database in memory do not wait for each other's locks, as
    those of a file do.
    """
    connection.ensure_connection()
    in_memory, name = connection.connection, connection.settings_dict["NAME"]
    copy = sqlite3.connect(path)
    in_memory.backup(copy)
    copy.close()
    # Put aside, not closed: what is in memory goes with its last connection.
    connection.connection = None
    connection.settings_dict["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        connection.connection = in_memory
