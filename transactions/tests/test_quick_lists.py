"""Lists are quick at any size: each way to narrow one has an index that the page uses."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import CardFactory
from schemes.models import UnitAccess
from schemes.tests.admin_forms import admin_url, sql_of
from schemes.tests.factories import UnitFactory
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import card_with
from transactions.tests.queue_pages import MONITORING, QUEUE, bulk, overdue, pending

pytestmark = pytest.mark.django_db

LISTS = {
    "buckets": (admin_url(Bucket(), "changelist"), Bucket),
    "transactions": (admin_url(Transaction(), "changelist"), Transaction),
    "queue": (reverse(QUEUE), Bucket),
}
DAYS = "{0}_from=2025-01-01&{0}_to=2025-01-31"


@pytest.fixture
def card(db):
    card = card_with()
    overdue(card)
    for _ in range(3):
        pending(CardFactory(definition=card.definition))
    return card


@pytest.fixture
def manager(staff_client, card):
    """One who works for two units of three."""
    UnitFactory()
    return staff_client("Manager", card.member.unit, UnitFactory())


def plan_of(statement):
    """How the database would answer, if tables of a few rows were large."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        else:
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(str(row) for row in cursor.fetchall())


def rows_statement(statements, model):
    """The one that reads the rows of the page."""
    table = model._meta.db_table
    found = [
        each
        for each in statements
        if f'"{table}"."uuid"' in each and f'FROM "{table}"' in each
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("name", "query", "index"),
    [
        ("buckets", "status__exact=EXPIRED", "bucket_expired"),
        ("buckets", "status__exact=CANCELED", "bucket_canceled"),
        ("buckets", DAYS.format("earned_at"), "bucket_earned"),
        ("buckets", DAYS.format("expires_at"), "bucket_expires"),
        ("transactions", DAYS.format("effective_at"), "transaction_effective"),
        ("transactions", DAYS.format("created_at"), "transaction_created"),
        ("queue", "", "bucket_due_activation"),
        ("queue", "due=week", "bucket_due_activation"),
        ("queue", DAYS.format("activates_at"), "bucket_due_activation"),
    ],
)
def test_a_list_is_read_in_the_order_of_an_index(
    admin_client, card, name, query, index
):
    address, model = LISTS[name]
    statements = sql_of(admin_client, f"{address}?{query}")
    plan = plan_of(rows_statement(statements, model))
    assert index in plan, plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_rows_of_some_days_come_newest_day_first(admin_client, card):
    earned = [
        bucket.earned_at
        for bucket in (pending(card, ago_days=days) for days in (3, 1, 2))
    ]
    first = earned[0].date().isoformat()
    page = admin_client.get(f"{LISTS['buckets'][0]}?earned_at_from={first}")
    shown = [bucket.earned_at for bucket in page.context["cl"].result_list]
    assert shown == sorted(shown, reverse=True)
    assert set(earned) <= set(shown)


def test_the_queue_stays_in_the_order_in_which_points_are_due(admin_client, card):
    pending(card, days=2)
    today = timezone.now().date().isoformat()
    page = admin_client.get(f"{LISTS['queue'][0]}?activates_at_from={today}")
    due = [bucket.activates_at for bucket in page.context["cl"].result_list]
    assert due == sorted(due)
    assert len(set(due)) > 1


@pytest.mark.parametrize("name", LISTS)
def test_the_reader_s_units_are_read_once_and_named(manager, card, name):
    statements = sql_of(manager, LISTS[name][0])
    asking = [each for each in statements if "schemes_unitaccess" in each]
    assert len(asking) == 1, asking
    rows = rows_statement(statements, LISTS[name][1])
    mine = UnitAccess.objects.filter(user=manager.user).values_list("unit", flat=True)
    assert all(str(unit) in rows.partition('"unit_id" IN (')[2] for unit in mine)


@pytest.mark.parametrize("name", LISTS)
def test_who_works_for_all_units_is_not_asked_for_the_unit_of_each_row(
    staff_client, card, name
):
    address, model = LISTS[name]
    everybody = staff_client("Manager", card.member.unit)
    assert "EXISTS" not in rows_statement(sql_of(everybody, address), model)
    UnitFactory()
    assert "EXISTS" in rows_statement(sql_of(everybody, address), model)


def test_what_is_counted_is_counted_in_the_order_of_an_index(manager, card):
    for address, least in ((reverse(QUEUE), 1), (reverse(MONITORING), 4)):
        counting = [each for each in sql_of(manager, address) if "COUNT(" in each]
        assert len(counting) >= least
        for each in counting:
            assert "ORDER BY" in each, each


def test_rejected_requests_are_looked_for_by_what_they_asked_and_when(
    admin_client, card
):
    statements = sql_of(admin_client, reverse(MONITORING))
    (rejected,) = (each for each in statements if "'REJECTED'" in each)
    plan = plan_of(rejected)
    assert "transaction_rejected" in plan, plan


def test_a_preview_counts_what_was_chosen_once(manager, card):
    statements = sql_of(manager, bulk("activate"))
    assert len([each for each in statements if "COUNT(" in each]) == 1
