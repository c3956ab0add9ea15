"""Lines that are booked together come out as they would one by one."""

import csv
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Card, Member
from accounts.operations import CardExists
from accounts.tests.factories import CardFactory
from schemes.tests.factories import EarnRateFactory
from transactions.imports import FailureFile, Importer, Report, TransactionsFile
from transactions.tests.card_rows import left_on
from transactions.tests.helpers import assert_adds_up, card_with, story
from transactions.tests.histories import undone
from transactions.tests.importing import write

pytestmark = pytest.mark.django_db

BEGIN = datetime(2025, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
RULES = {
    "waits and lapses": {
        "pending_mode": "PERIOD_BASED",
        "pending_period": "2D",
        "expiry_mode": "ROLLING",
        "expiry_period": "15D",
    },
    "goes below zero": {"refunds": "BELOW_ZERO", "allow_negative": True},
    "slides": {
        "expiry_mode": "SLIDING",
        "expiry_period": "9D",
        "slides_on_spend": True,
        "slides_on_earn": True,
    },
    "is limited": {
        "max_balance": 60,
        "earn_limit": 90,
        "earn_limit_period": "MONTH",
        "expiry_mode": "ROLLING",
        "expiry_period": "20D",
    },
}


def make_card(**rules):
    card = card_with(**rules)
    EarnRateFactory(card_definition=card.definition)
    Member.objects.filter(pk=card.member_id).update(external_id="anna")
    return card


def load(file, card, *, batch, create_members=True):
    """Import it; answer the report, and the lines of the error file."""
    report = Report()
    importer = Importer(
        definition=card.definition,
        clock=lambda: NOW,
        batch_size=batch,
        create_members=create_members,
    )
    errors = file.with_suffix(".errors")
    with (
        TransactionsFile(file) as lines,
        FailureFile(errors, header=lines.header) as failures,
    ):
        importer.run(lines, failures=failures, report=report)
    if not errors.exists():
        return report, []
    with errors.open(encoding="utf-8-sig", newline="") as failed:
        return report, list(csv.DictReader(failed))


def any_line(random, number, *, day):
    """A line that may well be refused, at times of something earlier."""
    at = BEGIN + timedelta(days=max(day - random.choice([0, 0, 0, 0, 12]), 0))
    member = random.choice(["anna", "anna", "ben", "cleo"])
    order = f"o{random.randrange(6)}"
    reference = f"r{number if random.random() < 0.95 else random.randrange(20)}"
    points = random.randint(1, 40)
    values = random.choice(
        [
            f"earn,{points}00,{order},,",
            f"earn,{points}00,{order},,",
            f"credit,,,{points},",
            f"spend,,,{points},",
            f"debit,,,{points},",
            f"refund,,{order},,",
            f"refund,{points}00,{order},,",
            "earn,12.50,,,",
        ]
    )
    return f"{reference},{member},{at.isoformat()},{values}"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rules", RULES)
def test_a_file_comes_out_the_same_in_batches_of_one_and_of_many(tmp_path, rules, seed):
    random = Random(f"{rules} {seed}")
    card = make_card(**RULES[rules])
    days = sorted(random.randrange(80) for _ in range(70))
    lines = [any_line(random, number, day=day) for number, day in enumerate(days)]
    lines += random.sample(lines, 10)  # what comes again is recognised
    file = write(tmp_path / "a.csv", *lines)
    came_out = []
    for batch in (1, 7, 80):
        with undone():
            report, errors = load(file, card, batch=batch)
            cards = {each.member.external_id: each for each in Card.objects.all()}
            rows = {name: left_on(each) for name, each in cards.items()}
            came_out.append((report, errors, rows))
            for each in cards.values():
                assert_adds_up(each)
    assert came_out[0] == came_out[1] == came_out[2]
    report = came_out[0][0]
    assert min(report.booked, report.failed, report.already_there) > 0


def test_a_refused_line_takes_nothing_from_an_earlier_event_that_comes_after_it(
    tmp_path,
):
    card = make_card(expiry_mode="ROLLING", expiry_period="10D")
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-03-01T09:00:00Z,earn,1000,,,",
        "r2,anna,2025-04-01T09:00:00Z,spend,,,5,",  # the points have lapsed by then
        "r3,anna,2025-03-05T09:00:00Z,spend,,,4,",
    )
    report, errors = load(file, card, batch=200)
    assert [error["error_line"] for error in errors] == ["3"]
    assert story(card) == [("POINTS_EARNED", 10, 0), ("POINTS_SPENT_ON_ORDER", -4, 0)]
    assert report.booked == 2


def test_new_members_of_a_batch_are_there_for_booked_lines_alone(tmp_path):
    card = make_card()
    file = write(
        tmp_path / "a.csv",
        "r1,ben,2025-03-01T09:00:00Z,spend,,,4,",
        "r2,cleo,2025-03-01T09:00:00Z,earn,1000,,,",
        "r3,dora,2025-03-01T09:00:00Z,spend,,,4,",
        "r4,ben,2025-03-01T09:00:00Z,credit,,,7,",
        "r5,cleo,2025-03-02T09:00:00Z,spend,,,4,",
    )
    report, errors = load(file, card, batch=200)
    assert [error["error_line"] for error in errors] == ["2", "4"]
    assert (report.booked, report.members) == (3, 2)
    names = Member.objects.values_list("external_id", flat=True)
    assert set(names) == {"anna", "ben", "cleo"}
    assert Card.objects.count() == 3


def test_where_no_card_can_be_opened_nobody_becomes_a_member(tmp_path):
    card = make_card(code_pattern="GIFT")
    Card.objects.update(code="GIFT")
    lines = [f"r{n},new{n},2025-03-01T09:00:00Z,credit,,,7," for n in range(3)]
    anna = "r9,anna,2025-03-01T09:00:00Z,credit,,,7,"
    report, errors = load(write(tmp_path / "a.csv", *lines, anna), card, batch=200)
    assert [error["error_key"] for error in errors] == [CardExists.key] * 3
    assert (report.booked, Member.objects.count()) == (1, 1)


@pytest.mark.parametrize("names", ["there", "new"])
def test_200_lines_take_as_many_statements_as_20(tmp_path, names):
    card = make_card()

    def statements(count, *, first):
        members = [f"{names}{number}" for number in range(first, first + count)]
        if names == "there":
            for name in members:
                CardFactory(definition=card.definition, member__external_id=name)
            Member.objects.update(unit=card.member.unit)
        lines = [
            f"r{first}-{number},{name},2025-03-01T09:00:00Z,{what}"
            for number, name in enumerate(members)
            for what in ("earn,1000,,,", "credit,,,5,")
        ]
        lines = [line.replace(",", f"-{n},", 1) for n, line in enumerate(lines)]
        file = write(tmp_path / f"{first}.csv", *lines)
        with CaptureQueriesContext(connection) as told:
            report, _ = load(file, card, batch=500)
        assert report.booked == len(lines)
        return [each["sql"] for each in told if not each["sql"].startswith("INSERT")]

    assert len(statements(10, first=100)) == len(statements(100, first=500))
