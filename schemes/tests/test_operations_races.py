"""Two changes of configuration at once: one comes first, the other is told."""

import pytest
from django.db import connection

from loyalty.testing import race
from schemes import operations
from schemes.models import Scheme
from schemes.tests.factories import SchemeFactory, UnitFactory

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="the tests' SQLite database is in memory: its threads cannot race",
    ),
    pytest.mark.django_db(transaction=True),
]


def test_of_two_changes_at_once_of_one_version_one_is_refused():
    scheme = SchemeFactory()
    copies = [Scheme.objects.get(pk=scheme.pk) for _ in range(2)]
    for number, copy in enumerate(copies):
        copy.name = f"Name {number}"
    outcomes = race(
        *(
            lambda copy=copy: operations.save_scheme(scheme=copy, expected_version=1)
            for copy in copies
        )
    )
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [operations.VersionConflict], outcomes
    assert Scheme.objects.get(pk=scheme.pk).version == 2


def test_of_two_new_schemes_at_once_with_one_reference_one_is_told():
    unit = UnitFactory()
    schemes = [SchemeFactory.build(unit=unit, reference="SAME") for _ in range(2)]
    outcomes = race(
        *(lambda one=one: operations.save_scheme(scheme=one) for one in schemes)
    )
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [operations.NameTaken], outcomes
