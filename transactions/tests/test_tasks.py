"""The tasks are sweeps with a clock; a real worker runs them on Redis and RabbitMQ."""

import importlib
import signal
import socket
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from celery import Celery
from django.utils import timezone

from accounts.models import Card
from loyalty.celery import app
from transactions import ledger, tasks
from transactions.models import Bucket, SweepRun
from transactions.tests.backlog import DUE_AT, make_backlog
from transactions.tests.grants import grant
from transactions.tests.processes import RealDatabase, wait_until

BROKERS = {
    "Redis": "redis://127.0.0.1:6379/15",
    "RabbitMQ": "amqp://guest:guest@127.0.0.1:5672//",
}
ACTIVE = "SELECT count(*) FROM transactions_bucket WHERE status = 'ACTIVE'"


def answers(url: str) -> bool:
    """Whether anybody listens there."""
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    try:
        with socket.create_connection((place.hostname, place.port), timeout=1):
            return True
    except OSError:
        return False


@pytest.mark.django_db
def test_activate_due_activates_what_is_due_now() -> None:
    make_backlog(buckets=3)

    tasks.activate_due.apply(throw=True)

    assert set(Bucket.objects.values_list("status", flat=True)) == {"ACTIVE"}
    run = SweepRun.objects.get()
    assert (run.name, run.buckets) == ("ACTIVATE_DUE", 3)
    assert timezone.now() - run.started_at < timedelta(minutes=1)


@pytest.mark.django_db
def test_expire_due_expires_what_has_lapsed_by_now() -> None:
    make_backlog(buckets=3, valid_to=DUE_AT + timedelta(days=9))

    tasks.expire_due.apply(throw=True)

    assert set(Bucket.objects.values_list("status", flat=True)) == {"EXPIRED"}


@pytest.mark.django_db
def test_process_requests_decides_what_was_requested(recipe_card: Card) -> None:
    now = timezone.now()
    bucket = grant(recipe_card, 30, now=now, waits_days=9)
    request = ledger.request_activation(bucket=bucket, now=now)

    tasks.process_requests.apply(throw=True)

    request.refresh_from_db()
    assert request.status == "APPROVED"


@pytest.mark.django_db
def test_a_task_run_twice_does_its_work_once() -> None:
    make_backlog(buckets=3)

    for _ in range(2):
        tasks.activate_due.apply(throw=True)

    runs = SweepRun.objects.order_by("pk").values_list("buckets", flat=True)
    assert list(runs) == [3, 0]


def test_the_beat_schedule_names_tasks_that_exist_and_every_sweep() -> None:
    scheduled = {each["task"] for each in app.conf.beat_schedule.values()}

    for name in scheduled:
        module, _, task = name.rpartition(".")
        assert getattr(importlib.import_module(module), task).name == name
    assert scheduled >= {
        tasks.activate_due.name,
        tasks.expire_due.name,
        tasks.process_requests.name,
    }


def test_a_tick_that_nobody_took_is_gone_before_the_next_one() -> None:
    for each in app.conf.beat_schedule.values():
        assert 0 < each["options"]["expires"] <= each["schedule"]


def test_a_message_is_done_only_when_its_task_is() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert tasks.activate_due.app.conf.result_backend is None


@pytest.mark.slow
@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.django_db(transaction=True)
def test_a_worker_activates_what_is_due_when_a_message_wakes_it(
    real_database: RealDatabase, broker: str
) -> None:
    url = BROKERS[broker]
    if not answers(url):
        pytest.skip(f"{broker} does not answer at {urlsplit(url).netloc}")
    real_database.make_backlog(buckets=20)
    queue = f"test-{uuid4()}"
    worker = real_database.start(
        *("-m", "celery", "-A", "loyalty", "worker", "--pool", "solo"),
        *("--queues", queue, "--hostname", f"{queue}@%h", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
        CELERY_BROKER_URL=url,
    )
    try:
        send(tasks.activate_due.name, url=url, queue=queue)
        done = wait_until(lambda: real_database.number(ACTIVE) == 20, seconds=60)
    finally:
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=60)
        forget(queue, url=url)

    assert done, output
    assert worker.returncode == 0, output


def send(task: str, *, url: str, queue: str) -> None:
    """Send a message as another machine does, with nothing but the task's name."""
    with Celery(broker=url, set_as_current=False) as sender:
        sender.send_task(task, queue=queue, ignore_result=True)


def forget(queue: str, *, url: str) -> None:
    """Leave nothing of the test with the broker."""
    with (
        Celery(broker=url, set_as_current=False) as sender,
        sender.connection_for_write() as connection,
    ):
        channel: Any = connection.default_channel
        channel.queue_delete(queue)
        channel.exchange_delete(queue)
        if url.startswith("redis:"):  # where nothing deletes what binds a queue
            kept = ("binding", "binding_permanent")
            channel.client.delete(*[f"_kombu.{each}.{queue}" for each in kept])
            channel.client.zrem("_kombu.binding_deadlines", queue)
