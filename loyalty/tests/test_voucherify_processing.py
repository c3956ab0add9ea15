"""What is requested is processed: by Celery, by a worker, or by the web server itself."""

import pytest
from django.db import connection

from loyalty.celery import app
from loyalty.testing import race
from loyalty.tests.api import client, shown
from loyalty.tests.test_settings import settings_with
from loyalty.tests.voucherify_cards import pending
from transactions import ledger, sweeps
from transactions.models import Bucket, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(program):
    return Bucket.objects.get(status="PENDING")


@pytest.fixture
def sent(monkeypatch):
    """The names of the tasks that Celery was asked to run."""
    names = []
    monkeypatch.setattr(app, "send_task", lambda name, **how: names.append(name))
    return names


@pytest.fixture
def activate(bucket, django_capture_on_commit_callbacks):
    """Request an activation, commit, and answer what the request says then."""
    api = client(bucket.card.member.unit)

    def call():
        with django_capture_on_commit_callbacks(execute=True):
            answer = shown(api.post(pending(bucket, "activate")))
        assert answer["transaction"]["status"] == "PENDING"
        return Transaction.objects.get(type="PENDING_POINTS_ACTIVATED")

    return call


def test_without_a_worker_the_web_server_processes_it_at_once(activate, sent, settings):
    settings.HAS_WORKER = False
    assert activate().status == "APPROVED"
    assert sent == []


def test_nothing_is_processed_before_it_is_committed(bucket, settings):
    settings.HAS_WORKER = False
    shown(client(bucket.card.member.unit).post(pending(bucket, "activate")))
    assert Transaction.objects.filter(status="PENDING").exists()


def test_a_worker_finds_it_by_itself(activate, sent, settings):
    settings.HAS_WORKER = True
    request = activate()
    assert (request.status, sent) == ("PENDING", [])
    sweeps.process_requests(now=request.created_at)
    request.refresh_from_db()
    assert request.status == "APPROVED"


def test_celery_is_woken(activate, sent, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"
    assert activate().status == "PENDING"
    assert sent == ["transactions.tasks.process_requests"]
    assert sent[0] in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_lost_broker_fails_no_request(activate, monkeypatch, settings):
    def fail(name, **how):
        raise ConnectionError("nobody is there")

    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"
    monkeypatch.setattr(app, "send_task", fail)
    assert activate().status == "PENDING"


def test_what_fails_after_the_commit_fails_no_request(activate, monkeypatch, settings):
    def fail(**arguments):
        raise RuntimeError("out of luck")

    settings.HAS_WORKER = False
    monkeypatch.setattr(ledger, "process", fail)
    assert activate().status == "PENDING"


def test_whether_a_worker_runs_can_be_told():
    def waits(**environment):
        return settings_with(DEBUG="true", **environment)["HAS_WORKER"]

    assert waits() is False
    assert waits(CELERY_BROKER_URL="redis://127.0.0.1:6379/0") is True
    assert waits(WORKER="true") is True


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_at_once_one_makes_the_transaction(bucket, settings):
    settings.HAS_WORKER = True
    api = client(bucket.card.member.unit)

    def activate():
        return shown(api.post(pending(bucket, "activate")))["status"]

    answers = race(*[activate] * 8)
    assert sorted(answers) == ["NO_ACTIVATION"] * 7 + ["TRANSACTION_CREATED"]
    assert Transaction.objects.filter(status="PENDING").count() == 1
