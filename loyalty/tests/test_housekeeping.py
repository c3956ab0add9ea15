"""Old answers are forgotten by the worker, and by Celery where there is a broker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import tasks
from loyalty.models import IdempotentAnswer
from transactions.management.commands import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def _an_old_and_a_new_answer():
    now = timezone.now()
    for key, age in (("old", timedelta(days=8)), ("new", timedelta(days=6))):
        IdempotentAnswer.objects.create(
            caller="client:x", key=key, digest="d", status=201, created_at=now - age
        )


def kept():
    return set(IdempotentAnswer.objects.values_list("key", flat=True))


@pytest.mark.usefixtures("_an_old_and_a_new_answer")
def test_the_worker_forgets_what_is_old_once_an_hour():
    now = timezone.now()
    assert work._tidy(last=now - timedelta(minutes=59), now=now) < now
    assert kept() == {"old", "new"}
    assert work._tidy(last=None, now=now) == now
    assert kept() == {"new"}


@pytest.mark.usefixtures("_an_old_and_a_new_answer")
def test_celery_forgets_what_is_old():
    from loyalty.celery import app  # only with a broker is it loaded at the start

    assert app.conf.beat_schedule["keep house"]["task"] == tasks.keep_house.name
    tasks.keep_house()
    assert kept() == {"new"}
