"""The commands that sweep: what they say, what they refuse, and how they stop."""

import signal
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Card
from transactions import ledger, sweeps
from transactions.models import Bucket, SweepRun, Transaction
from transactions.tests.backlog import DUE_AT, EARNED_AT, make_backlog
from transactions.tests.grants import grant
from transactions.tests.helpers import everything
from transactions.tests.processes import RealDatabase, wait_until

pytestmark = pytest.mark.django_db

COMMANDS = ["activate_due_buckets", "expire_due_buckets", "process_requests"]
LAPSED = DUE_AT + timedelta(days=30)
PENDING = "SELECT count(*) FROM transactions_bucket WHERE status = 'PENDING'"
LOOKS = "SELECT count(*) FROM transactions_sweeprun"

in_a_process = pytest.mark.django_db(transaction=True)
each_command = pytest.mark.parametrize("command", COMMANDS)


def said(*command: Any, **options: Any) -> str:
    """What a command writes, without its progress bar."""
    out = StringIO()
    call_command(*command, stdout=out, **{"verbosity": 0} | options)
    return out.getvalue().strip()


def request_far_away(card: Card) -> Transaction:
    """A request that waits to be decided, for points that are not due for long."""
    now = timezone.now()
    bucket = grant(card, 30, now=now, waits_days=9)
    return ledger.request_activation(bucket=bucket, now=now)


def test_activate_due_buckets_says_what_it_did() -> None:
    make_backlog(buckets=1_200, cards=2)

    assert said("activate_due_buckets") == "1,200 buckets activated, 240,000 points."
    assert set(Bucket.objects.values_list("status", flat=True)) == {"ACTIVE"}
    assert said("activate_due_buckets") == "0 buckets activated, 0 points."


def test_expire_due_buckets_says_what_it_did() -> None:
    make_backlog(buckets=3, valid_to=LAPSED)

    assert said("expire_due_buckets") == ("3 buckets expired or canceled, 600 points.")
    assert set(Bucket.objects.values_list("status", flat=True)) == {"EXPIRED"}


def test_process_requests_says_what_it_did(recipe_card: Card) -> None:
    request = request_far_away(recipe_card)

    assert said("process_requests") == "1 requests decided, 30 points."
    request.refresh_from_db()
    assert request.status == "APPROVED"


def test_a_dry_run_says_what_is_due_and_writes_nothing(recipe_card: Card) -> None:
    make_backlog(buckets=3, valid_to=LAPSED)
    request_far_away(recipe_card)
    before = everything()

    assert [said(command, "--dry-run") for command in COMMANDS] == [
        "3 buckets are due, 600 points.",
        "3 buckets are due, 600 points.",
        "1 requests are due, 30 points.",
    ]
    assert everything() == before
    assert not SweepRun.objects.exists()


def test_a_dry_run_until_a_moment_says_what_was_due_then() -> None:
    make_backlog(buckets=3)
    just_before = DUE_AT - timedelta(microseconds=1)

    for until, due in ((just_before, 0), (DUE_AT, 3)):
        text = said("activate_due_buckets", "--dry-run", "--until", until.isoformat())
        assert text == f"{due} buckets are due, {due * 200} points."


def test_until_leaves_what_became_due_later(recipe_card: Card) -> None:
    for days in (1, 2, 3):
        grant(recipe_card, 10, now=EARNED_AT, waits_days=days)

    until = "2025-06-12T15:00+01:00"
    assert said("activate_due_buckets", "--until", until) == (
        "2 buckets activated, 20 points."
    )
    assert Bucket.objects.filter(status="PENDING").count() == 1
    assert SweepRun.objects.get().until == EARNED_AT + timedelta(days=2)


@each_command
@pytest.mark.parametrize(
    ("until", "reason"),
    [
        ("2999-01-01T00:00+00:00", "has not come yet"),
        ("2025-06-15T15:00", "not a moment with its offset"),
        ("2025-06-15", "not a moment with its offset"),
        ("2025-02-30T15:00+00:00", "not a moment with its offset"),
        ("yesterday", "not a moment with its offset"),
        ("", "not a moment with its offset"),
    ],
)
def test_until_refuses_the_future_and_what_is_no_moment(
    command: str, until: str, reason: str
) -> None:
    make_backlog(buckets=1)
    before = everything()

    with pytest.raises(CommandError, match=f"--until.*{reason}"):
        said(command, "--until", until)
    assert everything() == before


@each_command
@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_batch_holds_at_least_one(command: str, size: str) -> None:
    with pytest.raises(CommandError, match="--batch-size must be at least 1"):
        said(command, "--batch-size", size)


def test_the_batch_size_is_that_of_the_run() -> None:
    make_backlog(buckets=7)
    said("activate_due_buckets", "--batch-size", "3")

    assert SweepRun.objects.get().batches == 3


def test_a_bucket_that_is_passed_over_makes_the_command_fail() -> None:
    make_backlog(buckets=3)
    at_fault = Bucket.objects.order_by("pk")[1]
    Transaction.objects.create(
        card=at_fault.card,
        bucket=at_fault,
        type="PENDING_POINTS_ACTIVATED",
        points=1,
        pending_points=-1,
        effective_at=DUE_AT,
        created_at=DUE_AT,
    )

    out = StringIO()
    with pytest.raises(CommandError, match="passed over") as caught:
        call_command("activate_due_buckets", stdout=out, verbosity=0)
    assert caught.value.returncode == 1
    assert out.getvalue() == "2 buckets activated, 400 points.\n"


def test_the_progress_bar_is_off_when_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    make_backlog(buckets=2)
    said("activate_due_buckets")
    assert capfd.readouterr() == ("", "")

    said("activate_due_buckets", verbosity=1)
    assert "buckets" in capfd.readouterr().err


@pytest.mark.parametrize("interval", ["0", "-1", "61", "nan"])
def test_work_refuses_an_interval_that_makes_no_sense(interval: str) -> None:
    with pytest.raises(CommandError, match="--interval"):
        call_command("work", "--interval", interval)


@pytest.mark.slow
@in_a_process
def test_work_does_what_is_due_until_sigterm(real_database: RealDatabase) -> None:
    real_database.make_backlog(buckets=20)
    worker = real_database.manage("work", "--interval", "0.1", LOG_LEVEL="INFO")

    assert wait_until(lambda: real_database.number(PENDING) == 0)
    worker.send_signal(signal.SIGTERM)
    output, _ = worker.communicate(timeout=30)

    assert worker.returncode == 0, output
    assert "ACTIVATE_DUE: 20 done, 4000 points." in output
    assert "The worker has stopped." in output
    assert "Traceback" not in output


@pytest.mark.slow
@in_a_process
def test_work_goes_on_after_a_database_error(real_database: RealDatabase) -> None:
    worker = real_database.manage("work", "--interval", "0.1", LOG_LEVEL="INFO")
    assert wait_until(lambda: real_database.number(LOOKS) >= 3)

    real_database.execute("ALTER TABLE transactions_sweeprun RENAME TO away")
    time.sleep(1)
    assert worker.poll() is None
    real_database.execute("ALTER TABLE away RENAME TO transactions_sweeprun")
    real_database.make_backlog(buckets=20)

    assert wait_until(lambda: real_database.number(PENDING) == 0)
    worker.send_signal(signal.SIGTERM)
    output, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0, output
    assert "A round failed; trying again." in output


@pytest.mark.slow
@in_a_process
def test_sigterm_stops_a_command_between_two_batches(
    real_database: RealDatabase,
) -> None:
    due = 8_000
    real_database.make_backlog(buckets=due, cards=20)
    command = real_database.manage("activate_due_buckets", "--batch-size", "50")

    assert wait_until(lambda: real_database.number(PENDING) < due)
    command.send_signal(signal.SIGTERM)
    output, _ = command.communicate(timeout=30)

    left = real_database.number(PENDING)
    assert command.returncode == 0, output
    assert 0 < left < due
    assert left % 50 == 0
    assert f"{due - left:,} buckets activated" in output


def test_the_commands_run_the_sweeps_that_the_worker_runs() -> None:
    from transactions.management.commands import work  # a command is no library

    assert set(work.SWEEPS) == {
        sweeps.process_requests,
        sweeps.activate_due,
        sweeps.expire_due,
    }
