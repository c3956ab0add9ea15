"""A sweep in a process of its own: killed half-way, or beside another process."""

import signal
import time

import pytest

from transactions.tests.backlog import POINTS
from transactions.tests.processes import RealDatabase, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACTIVATED = (
    "SELECT count(*) FROM transactions_transaction "
    "WHERE type = 'PENDING_POINTS_ACTIVATED' AND status = 'APPROVED'"
)
STILL_PENDING = "SELECT count(*) FROM transactions_bucket WHERE status = 'PENDING'"
BUCKETS_ACTIVATED = ACTIVATED.replace("count(*)", "count(DISTINCT bucket_id)")


def test_a_sweep_killed_half_way_is_finished_by_the_next_one(
    real_database: RealDatabase,
) -> None:
    due = 20_000
    real_database.make_backlog(buckets=due, cards=20)
    command = ("activate_due_buckets", "--batch-size", "500", "--verbosity", "0")

    killed = real_database.manage(*command)
    assert wait_until(lambda: real_database.number(ACTIVATED) >= 2_000)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    time.sleep(0.3)  # a server may be about to commit what it was told to

    done = real_database.number(ACTIVATED)
    assert killed.returncode == -signal.SIGKILL
    assert 0 < done < due, "it was killed too late"
    assert done % 500 == 0, "a batch is there as a whole or not at all"
    assert real_database.number(STILL_PENDING) == due - done

    said = real_database.call("activate_due_buckets", "--verbosity", "0")

    assert said.strip() == (
        f"{due - done:,} buckets activated, {(due - done) * POINTS:,} points."
    )
    assert real_database.number(STILL_PENDING) == 0
    assert real_database.number(ACTIVATED) == due
    assert real_database.number(BUCKETS_ACTIVATED) == due
    assert "Everything adds up." in real_database.call("check_ledger", "-v", "0")


def test_two_commands_at_once_activate_each_bucket_once(
    real_database: RealDatabase,
) -> None:
    due = 1_000
    real_database.make_backlog(buckets=due, cards=20)
    command = ("activate_due_buckets", "--batch-size", "20", "--verbosity", "0")

    both = [real_database.manage(*command) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert real_database.number(ACTIVATED) == due
    assert real_database.number(BUCKETS_ACTIVATED) == due
    runs = "SELECT sum(buckets) FROM transactions_sweeprun"
    assert real_database.number(runs) == due
    assert "Everything adds up." in real_database.call("check_ledger", "-v", "0")
