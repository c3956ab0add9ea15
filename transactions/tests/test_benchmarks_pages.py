"""The benchmark of the pages opens every list and filter, and leaves nothing behind."""

import pytest
from django.contrib.auth.models import User

from benchmarks.__main__ import main
from benchmarks.pages import child
from benchmarks.pages.addresses import addresses
from benchmarks.pages.report import report
from schemes.models import Unit
from transactions.tests.queue_pages import make_queue

pytestmark = pytest.mark.django_db


def test_each_choice_of_each_filter_is_measured(admin_user):
    make_queue(2)
    names = [name for name, _ in addresses(admin_user)]
    for expected in (
        "transactions type__exact=ADMIN_DEBIT",
        "buckets status__exact=EXPIRED",
        "members p=2",
        "pending queue due=overdue",
        "pending queue, cancel ?age=7",
        "monitoring",
        "dashboard",
        "a card",
    ):
        assert expected in names
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_pages_are_opened_by_three_readers_and_nothing_of_it_stays():
    make_queue(2)
    before = User.objects.count(), Unit.objects.count()
    pages = child.main(1, ": pending queue")["pages"]
    assert (User.objects.count(), Unit.objects.count()) == before
    assert len({page["reader"] for page in pages}) == 3
    assert all(page["seconds"] > 0 < page["statements"] for page in pages)
    # How long they took here says nothing: another test may run beside this one.
    quick = [{**page, "seconds": 0.1} for page in pages]
    assert "met" in report(quick)
    text = report([*quick, {**quick[0], "seconds": 0.7, "page": "too slow"}])
    assert "too slow" in text
    assert "MISSED by 1" in text


def test_a_database_must_be_named(capsys):
    with pytest.raises(SystemExit):
        main(["pages"])
    assert "--database-url" in capsys.readouterr().err
