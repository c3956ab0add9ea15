"""Rows that are as they should be, for the tests that try to make them impossible."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.db.models import Model, UniqueConstraint

from accounts.models import ApiClient, ApiSecret
from accounts.tests.factories import CardFactory
from schemes.models import UnitAccess
from schemes.tests.factories import (
    CardDefinitionFactory,
    SchemeFactory,
    UnitFactory,
)
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Job, JobChunk, SweepRun, Transaction
from transactions.models.figures import CalendarFigure, DailyFigure

NOW = datetime(2025, 6, 10, 14, tzinfo=UTC)
NAMED = Cause(reference="event-1", idempotency_key="request-1")


def api_client() -> Any:
    unit: Any = UnitFactory()
    return ApiClient.objects.create(
        client_id=uuid4().hex, name="Till", unit=unit, created_at=NOW
    )


def api_secret() -> Any:
    return ApiSecret.objects.create(
        client=api_client(), digest=uuid4().hex, created_at=NOW
    )


def job(**columns: Any) -> Any:
    unit: Any = UnitFactory()
    return Job.objects.create(
        **{
            "unit": unit,
            "kind": Job.Kind.ACTIVATE_BUCKETS,
            "actor": "staff:anna",
            "created_at": NOW,
            **columns,
        }
    )


def job_chunk() -> Any:
    return JobChunk.objects.create(job=job(), file="INPUT", number=0, content=b"a")


def daily_figure() -> Any:
    scheme: Any = SchemeFactory()
    return DailyFigure.objects.create(scheme=scheme, day=NOW, type="ADMIN_DEBIT")


def calendar_figure() -> Any:
    scheme: Any = SchemeFactory()
    kind = CalendarFigure.Kind.values[0]
    return CalendarFigure.objects.create(scheme=scheme, kind=kind, day=NOW)


def unit_access() -> Any:
    unit: Any = UnitFactory()
    user = User.objects.create_user(uuid4().hex)
    return UnitAccess.objects.create(user=user, unit=unit)


def pending_bucket() -> Any:
    card: Any = CardFactory(definition=CardDefinitionFactory(recipe=True))
    return ledger.earn(card=card, points=10, now=NOW).bucket


def active_bucket() -> Any:
    card: Any = CardFactory()
    return ledger.credit(card=card, points=10, now=NOW).bucket


def request() -> Any:
    """A transaction that may still change: the triggers let an UPDATE pass."""
    return ledger.request_activation(bucket=pending_bucket(), now=NOW, cause=NAMED)


def hold() -> Any:
    """A spend that may still change."""
    card = active_bucket().card
    return ledger.hold(card=card, points=4, until=NOW + timedelta(days=1), now=NOW)


def activation() -> Any:
    return ledger.activate(bucket=pending_bucket(), now=NOW)


def expiration() -> Any:
    return ledger.expire(bucket=active_bucket(), now=NOW)


def allocation() -> Any:
    card = active_bucket().card
    return ledger.spend(card=card, points=4, now=NOW).allocations.get()


def sweep_run() -> Any:
    return SweepRun.objects.create(
        name="EXPIRE_DUE", until=NOW, started_at=NOW, finished_at=NOW
    )


def other_bucket(row: Transaction) -> Any:
    """One more bucket of the same card."""
    return ledger.credit(card=row.card, points=10, now=NOW).bucket


def insert(row: Any, **changes: Any) -> Any:
    """Write a copy of the row, changed, past every verb and every `save`."""
    twin = type(row)._default_manager.get(pk=row.pk)
    twin.pk = None
    if hasattr(row, "uuid"):
        twin.uuid = uuid4()
    for name, value in changes.items():
        setattr(twin, name, value)
    return type(row)._default_manager.bulk_create([twin])[0]


def update(row: Model, **changes: Any) -> None:
    """Change the row past every verb and every `save`."""
    type(row)._default_manager.filter(pk=row.pk).update(**changes)


def constraints() -> dict[str, Any]:
    """The constraints of all models of the three apps, by their names."""
    return {
        constraint.name: constraint
        for app in ("schemes", "accounts", "transactions")
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    }


def blames(error: IntegrityError, name: str, table: Any) -> bool:
    """Whether it is this constraint that the database gives as its reason.

    SQLite calls a UNIQUE constraint by its columns.
    """
    constraint = constraints()[name]
    if connection.vendor == "sqlite" and isinstance(constraint, UniqueConstraint):
        columns = [table._meta.get_field(field).column for field in constraint.fields]
        named = ", ".join(f"{table._meta.db_table}.{column}" for column in columns)
        return name in str(error) or (
            bool(columns) and str(error) == f"UNIQUE constraint failed: {named}"
        )
    return name in str(error)


def blames_sign(error: IntegrityError, changes: dict[str, Any]) -> bool:
    """Whether the reason is that a column is negative: Django's own CHECK says so first.

    It is called by its column, so it cannot be told from the sentence that says more.
    """
    negative = [
        column
        for column, value in changes.items()
        if isinstance(value, int) and value < 0
    ]
    return any(
        str(error) == f"CHECK constraint failed: {column}"
        or f"_{column}_check" in str(error)
        for column in negative
    )
