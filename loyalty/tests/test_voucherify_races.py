"""Two clients of the Voucherify door at the same moment: one is first, neither fails."""

import pytest
from django.db import connection

from accounts.models import Card, Member
from loyalty.testing import race
from loyalty.tests.api import shown
from loyalty.tests.voucherify import Project
from schemes.models import Scheme

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="the tests' SQLite database is in memory: its threads cannot race",
    ),
    pytest.mark.django_db(transaction=True),
]


def test_a_customer_who_joins_twice_at_once_joins_once():
    project = Project()
    address = f"programs/{project.program()['id']}/members"
    join = {"customer_id": "ada"}
    answers = race(*[lambda: project.post(address, join)] * 3)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (Member.objects.count(), Card.objects.count()) == (1, 1)


def test_a_customer_who_joins_two_programs_at_once_is_one_member():
    project = Project()
    programs = [project.program(name)["id"] for name in ("Club", "Other")]
    joins = [
        lambda each=each: project.post(
            f"programs/{each}/members", {"customer_id": "ada"}
        )
        for each in programs
    ]
    answers = race(*joins)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Member.objects.count() == 1
    assert len(shown(project.get("memberships/ada"))["memberships"]) == 2


def test_the_first_card_definitions_make_one_shelf():
    project = Project()
    makes = [lambda name=name: project.definition(name) for name in ("Points", "Stars")]
    answers = race(*makes)
    assert {answer["name"] for answer in answers} == {"Points", "Stars"}
    assert Scheme.objects.filter(unit=project.unit).count() == 1


def test_a_member_is_deactivated_once():
    project = Project()
    program = project.program()
    member = project.member(program)
    address = f"programs/{program['id']}/members/{member['id']}/deactivate"
    answers = race(*[lambda: project.post(address)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 400]


def test_metadata_that_is_added_at_once_is_all_there():
    project = Project()
    program = project.program()
    member = project.member(program)
    address = f"programs/{program['id']}/members/{member['id']}"
    added = [
        lambda key=key: project.put(address, {"metadata": {key: 1}}) for key in "abc"
    ]
    race(*added)
    assert shown(project.get(address))["metadata"] == {"a": 1, "b": 1, "c": 1}
