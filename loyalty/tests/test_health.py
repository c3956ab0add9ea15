"""What a load balancer and a monitor are told."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, override_settings

from loyalty.api import health

pytestmark = pytest.mark.django_db

SAMPLE = re.compile(
    r"[a-z_]+(\{[a-z]+=\"[a-z0-9_]+\"(,[a-z]+=\"[a-z0-9_]+\")*\})? -?[0-9.e+-]+"
)


def test_the_process_answers_without_a_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_the_database_is_migrated(program):
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "database": "ok",
        "migrations": "ok",
        "oldest_due_seconds": 0.0,
    }


def test_it_is_not_ready_while_migrations_are_missing(monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["one"])
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "missing"


def test_it_is_not_ready_without_a_database(monkeypatch):
    def fail():
        raise DatabaseError("The server has gone away at 10.0.0.1.")

    monkeypatch.setattr(health, "_oldest_due_seconds", fail)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "unreachable"}


@override_settings(METRICS_TOKEN="s3cret")
def test_the_metrics_are_in_the_format_of_prometheus(program):
    monitor = Client(headers={"Authorization": "Bearer s3cret"})
    monitor.get("/healthz")
    answer = monitor.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.content.decode()
    assert text.endswith("\n")
    lines = text.splitlines()
    for line in lines:
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    assert 'loyalty_points{state="active"} 500' in lines
    assert 'loyalty_points{state="pending"} 100' in lines
    assert 'loyalty_due_rows{sweep="activate_due"} 0' in lines
    assert any(
        line.startswith('loyalty_sweep_age_seconds{sweep="activate_due"} ')
        for line in lines
    )
    assert 'loyalty_http_responses_total{status="2xx"} 1' in lines
    assert "# TYPE loyalty_http_responses_total counter" in lines


@override_settings(METRICS_TOKEN="s3cret")
def test_metrics_are_for_the_monitor_and_for_superusers():
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin"))
    staff = Client()
    staff.force_login(User.objects.create_user("anna", is_staff=True))
    customer = Client()
    customer.force_login(User.objects.create_user("eve"))
    monitor = Client(headers={"Authorization": "Bearer s3cret"})
    guess = Client(headers={"Authorization": "Bearer guess"})
    stranger = Client()
    codes = [
        each.get("/metrics").status_code
        for each in (admin, monitor, staff, customer, guess, stranger)
    ]
    assert codes == [200, 200, 401, 401, 401, 401]
    assert stranger.get("/metrics")["WWW-Authenticate"]


@override_settings(METRICS_TOKEN="")
def test_without_a_token_set_an_empty_one_opens_nothing():
    for text in ("Bearer ", "Bearer", ""):
        answer = Client(headers={"Authorization": text}).get("/metrics")
        assert answer.status_code == 401, text


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_a_monitor_only_reads(address):
    assert Client().post(address).status_code == 405
