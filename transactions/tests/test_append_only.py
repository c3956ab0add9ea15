"""History is append-only, and the database itself sees to it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, models
from django.db.models import Q
from django.db.transaction import atomic

from transactions import ledger, triggers
from transactions.checks import check_triggers
from transactions.models import Allocation, Transaction
from transactions.tests.grants import grant

FINISHED = "a finished transaction never changes"
ALLOCATED = "an allocation never changes"


@pytest.fixture
def spent(simple_card, now):
    """A finished transaction with an allocation."""
    grant(simple_card, 10, now=now)
    return ledger.spend(card=simple_card, points=10, now=now)


@pytest.fixture
def request_to_cancel(recipe_card, now):
    """A transaction that waits to be processed."""
    bucket = ledger.earn(card=recipe_card, points=10, now=now).bucket
    return ledger.request_cancellation(bucket=bucket, now=now)


def reject(request: Transaction, now) -> int:
    return Transaction.objects.filter(pk=request.pk).update(
        status="REJECTED", processed_at=now
    )


@pytest.mark.parametrize(
    "values",
    [
        {"points": -1},
        {"status": "PENDING"},
        {"effective_at": "2020-01-01T00:00Z"},
        {"reason": "a kinder one"},
        {"details": {}},
    ],
)
def test_no_column_of_a_finished_transaction_can_be_updated(spent, values):
    before = Transaction.objects.filter(pk=spent.pk).values().get()

    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        Transaction.objects.filter(pk=spent.pk).update(**values)

    assert Transaction.objects.filter(pk=spent.pk).values().get() == before


def test_a_finished_transaction_cannot_be_saved_again(spent):
    spent.points = -1

    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        spent.save()


def test_a_finished_transaction_cannot_be_deleted(spent):
    earned = spent.card.transactions.get(type="POINTS_EARNED")  # nothing refers to it

    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        earned.delete()
    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        Transaction.objects.filter(pk=earned.pk).delete()
    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        Transaction.objects.all()._raw_delete("default")

    assert set(Transaction.objects.all()) == {earned, spent}


def test_an_allocation_cannot_be_changed_saved_or_deleted(spent):
    allocation = spent.allocations.get()
    allocation.points = 3

    with pytest.raises(IntegrityError, match=ALLOCATED), atomic():
        allocation.save()
    with pytest.raises(IntegrityError, match=ALLOCATED), atomic():
        Allocation.objects.update(points=3)
    with pytest.raises(IntegrityError, match=ALLOCATED), atomic():
        allocation.delete()

    assert Allocation.objects.get().points == 10


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no TRUNCATE to refuse"
)
@pytest.mark.parametrize(
    ("table", "message"),
    [(triggers.TRANSACTIONS, FINISHED), (triggers.ALLOCATIONS, ALLOCATED)],
)
def test_a_table_of_the_history_cannot_be_truncated(db, table, message):
    # Constraints that are still to be checked would refuse a TRUNCATE as well.
    with pytest.raises(IntegrityError, match=message), atomic():
        connection.cursor().execute(f"TRUNCATE {table} CASCADE")


def test_a_request_may_change_until_it_is_decided_and_never_after(
    request_to_cancel, now
):
    waiting = Transaction.objects.filter(pk=request_to_cancel.pk)

    assert waiting.update(status="PROCESSING") == 1
    assert reject(request_to_cancel, now) == 1
    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        waiting.update(status="PENDING", processed_at=None)
    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        reject(request_to_cancel, now)

    assert waiting.get().status == "REJECTED"


def test_a_request_that_was_processed_is_finished(request_to_cancel, now):
    ledger.process(requests=[request_to_cancel], now=now + timedelta(hours=1))

    request_to_cancel.refresh_from_db()
    assert request_to_cancel.status == "APPROVED"
    with pytest.raises(IntegrityError, match=FINISHED), atomic():
        request_to_cancel.save()


def test_a_request_that_is_not_decided_may_be_withdrawn(request_to_cancel):
    request_to_cancel.delete()

    assert not Transaction.objects.filter(status="PENDING").exists()


def test_every_trigger_is_in_place_after_migrate(db):
    assert triggers.missing(connection) == []
    assert check_triggers(databases=["default"]) == []
    assert len(triggers.expected(connection.vendor)) >= 4


@pytest.mark.parametrize("name", triggers.expected(connection.vendor))
def test_the_system_check_reports_each_trigger_that_is_missing(db, name):
    table, _ = triggers.expected(connection.vendor)[name]
    drop(name, table)

    (error,) = check_triggers(databases=["default"])

    assert error.id == "transactions.E001"
    assert name in error.msg
    assert "manage.py migrate" in error.hint


def test_a_deployment_without_the_triggers_fails_its_check(db):
    call_command("check", databases=["default"])
    triggers.remove(connection)

    with pytest.raises(SystemCheckError, match=r"transactions\.E001"):
        call_command("check", databases=["default"])


def test_the_check_looks_at_no_database_that_it_is_not_asked_about(db):
    triggers.remove(connection)

    assert check_triggers() == []
    assert check_triggers(databases=[]) == []


def test_without_its_triggers_the_database_would_rewrite_history(spent):
    """So it is the triggers that refuse, and not something else."""
    _settle_constraints()
    triggers.remove(connection)

    Transaction.objects.filter(pk=spent.pk).update(reason="a kinder one")
    assert Transaction.objects.get(pk=spent.pk).reason == "a kinder one"


@pytest.mark.django_db(transaction=True)
def test_migrate_puts_the_triggers_back_after_a_table_was_rebuilt():
    """SQLite alters a table by making it anew, and forgets the triggers."""
    passing = models.CheckConstraint(condition=Q(points__lt=2**60), name="passing")
    for change in ("add_constraint", "remove_constraint"):
        with connection.schema_editor() as editor:
            getattr(editor, change)(Transaction, passing)
    lost = [
        name
        for name, (table, _) in triggers.expected(connection.vendor).items()
        if table == triggers.TRANSACTIONS
    ]
    assert triggers.missing(connection) == (
        sorted(lost) if connection.vendor == "sqlite" else []
    )

    call_command("migrate", verbosity=0)

    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_migrate_puts_triggers_back_that_somebody_took_away():
    triggers.remove(connection)
    assert len(triggers.missing(connection)) == len(
        triggers.expected(connection.vendor)
    )

    call_command("migrate", verbosity=0)

    assert triggers.missing(connection) == []


def drop(name: str, table: str) -> None:
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    connection.cursor().execute(f"DROP TRIGGER {name}{on}")


def _settle_constraints() -> None:
    """Check deferred foreign keys now: PostgreSQL alters no table while some wait."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
