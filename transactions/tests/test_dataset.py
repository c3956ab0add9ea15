"""The large data set is one that the ledger could have written."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Card, Identity
from schemes.tests.factories import UnitFactory
from transactions import audit, ledger
from transactions.models import Bucket, Transaction


@pytest.mark.django_db(transaction=True)
def test_the_data_set_adds_up_and_is_used_like_any_other():
    call_command("build_dataset", members=40, transactions=2000, stdout=StringIO())

    assert Card.objects.count() == Identity.objects.count() == 40
    assert 1800 < Transaction.objects.count() < 2200
    assert {*Bucket.objects.values_list("status", flat=True)} == {*Bucket.Status.values}
    assert list(audit.disagreements()) == []

    identity = Identity.objects.order_by("pk").last()
    card = Card.objects.get(member=identity.member)
    assert Card.objects.get(uuid=card.uuid) == card
    now = timezone.now() + timedelta(minutes=1)
    ledger.credit(card=card, points=500, now=now)
    ledger.spend(card=card, points=100, now=now)
    assert list(audit.disagreements()) == []


@pytest.mark.django_db
def test_a_database_that_is_in_use_is_left_alone():
    UnitFactory()
    with pytest.raises(CommandError, match="has units already"):
        call_command("build_dataset", stdout=StringIO())
    assert not Card.objects.exists()


@pytest.mark.django_db
def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(CommandError, match="at least one member"):
        call_command("build_dataset", members=5, transactions=4, stdout=StringIO())
