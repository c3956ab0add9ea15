"""Importing transactions: each line through its verb, once, in the order of the file."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Card, Member
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import demo
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import assert_adds_up, everything, story
from transactions.tests.importing import errors_of, run, write

SAMPLE = Path(settings.BASE_DIR) / "docs" / "samples" / "transactions.csv"


@pytest.fixture
def card(simple_card):
    Member.objects.update(external_id="anna")
    return simple_card


def test_each_kind_of_line_is_booked_through_its_verb(card, tmp_path, capsys):
    file = write(
        tmp_path / "june.csv",
        "r1,anna,2025-06-10T15:00:00+01:00,earn,12550,order-1,,",
        "r2,anna,2025-06-11T09:00:00+01:00,refund,2550,order-1,,wrong size",
        "r3,anna,2025-06-12T09:00:00+01:00,spend,,order-2,40,",
        "r4,anna,2025-06-13T09:00:00+01:00,credit,,,15,birthday",
        "r5,anna,2025-06-14T09:00:00+01:00,debit,,,5,mistake",
    )
    said, complaint = run(file, card, capsys)
    assert complaint == ""
    assert said == {
        "Lines read": 5,
        "Booked": 5,
        "Already there": 0,
        "Failed": 0,
        "Points by earn": 125,
        "Points by refund": -25,
        "Points by spend": -40,
        "Points by credit": 15,
        "Points by debit": -5,
    }
    assert story(card) == [
        ("POINTS_EARNED", 125, 0),
        ("POINTS_REFUNDED", -25, 0),
        ("POINTS_SPENT_ON_ORDER", -40, 0),
        ("ADMIN_CREDIT", 15, 0),
        ("ADMIN_DEBIT", -5, 0),
    ]
    assert_adds_up(card)


def test_a_line_counts_at_its_own_time_and_tells_where_it_came_from(
    card, tmp_path, capsys
):
    file = write(
        tmp_path / "june.csv", "r1,anna,2025-06-10T15:00:00+01:00,earn,900,,,paper"
    )
    run(file, card, capsys)
    (booked,) = Transaction.objects.all()
    assert booked.effective_at == datetime(2025, 6, 10, 14, tzinfo=UTC)
    assert booked.created_at > booked.effective_at
    assert (booked.reference, booked.order_reference) == ("r1", "r1")
    assert (booked.actor, booked.reason) == ("import:june.csv", "paper")
    assert booked.amount == 900


def test_a_time_without_an_offset_is_read_in_the_zone_of_the_scheme(
    card, tmp_path, capsys
):
    file = write(
        tmp_path / "a.csv",
        "summer,anna,2025-06-10T15:00:00,credit,,,1,",
        "winter,anna,2025-01-10 15:00,credit,,,1,",
        "first-of-two,anna,2025-10-26T01:30:00,credit,,,1,",
        "skipped,anna,2025-03-30T01:30:00,credit,,,1,",
    )
    run(file, card, capsys)
    hours = dict(Transaction.objects.values_list("reference", "effective_at__hour"))
    assert hours == {"summer": 14, "winter": 15, "first-of-two": 0}
    (error,) = errors_of(file)
    assert error["error_key"] == "invalid_value"
    assert "clocks of Europe/London skip" in error["error_message"]


def test_points_may_be_given_outright_and_with_dates_of_their_own(
    card, tmp_path, capsys
):
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-06-10T15:00:00Z,earn,1000,order-1,77,,,",
        "r2,anna,2025-06-10T15:00:00Z,credit,,,50,,2025-07-01T00:00:00Z,"
        "2025-08-01T00:00:00",
        header="reference,member,time,kind,amount,order,points,reason,"
        "activates_at,expires_at",
    )
    run(file, card, capsys)
    earned, credited = Bucket.objects.order_by("pk")
    assert earned.points == 77
    assert credited.status == Bucket.Status.PENDING
    assert credited.activates_at == datetime(2025, 7, 1, tzinfo=UTC)
    assert credited.expires_at == datetime(2025, 7, 31, 23, tzinfo=UTC)


def test_a_file_imported_again_books_nothing_and_says_so(card, tmp_path, capsys):
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-06-10T15:00:00Z,earn,1000,,,",
        "r2,anna,2025-06-11T15:00:00Z,spend,,,10,",
    )
    run(file, card, capsys)
    before = everything()
    said, complaint = run(file, card, capsys)
    assert (said["Booked"], said["Already there"], complaint) == (0, 2, "")
    assert everything() == before


def test_a_line_that_stands_twice_in_a_file_is_booked_once(card, tmp_path, capsys):
    line = "r1,anna,2025-06-10T15:00:00Z,earn,1000,,,"
    said, _ = run(write(tmp_path / "a.csv", line, line), card, capsys)
    assert (said["Booked"], said["Already there"], said["Failed"]) == (1, 1, 0)


def test_a_reference_with_other_content_fails_and_the_rest_goes_on(
    card, tmp_path, capsys
):
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-06-10T15:00:00Z,earn,1000,,,",
        "r1,anna,2025-06-10T15:00:00Z,earn,2000,,,",
        "r2,anna,2025-06-10T16:00:00Z,spend,,,999,",
        "r3,anna,2025-06-10T17:00:00Z,spend,,,3,",
    )
    said, complaint = run(file, card, capsys)
    assert (said["Booked"], said["Failed"]) == (2, 2)
    assert complaint.startswith("2 of 4 lines failed: see ")
    assert [(each["error_line"], each["error_key"]) for each in errors_of(file)] == [
        ("3", "reference_taken"),
        ("4", "insufficient_points"),
    ]
    assert_adds_up(card)


def test_members_are_found_by_external_id_card_number_mail_and_phone(
    card, tmp_path, capsys
):
    for value in ("7000012345", "Anna@Example.com", "+447700900001"):
        IdentityFactory(member=card.member, unit=card.member.unit, value=value)
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-06-10T15:00:00Z,credit,,,1,",
        "r2,7000012345,2025-06-10T15:00:00Z,credit,,,1,",
        "r3,anna@example.COM,2025-06-10T15:00:00Z,credit,,,1,",
        "r4,+447700900001,2025-06-10T15:00:00Z,credit,,,1,",
    )
    said, complaint = run(file, card, capsys)
    assert (said["Booked"], complaint) == (4, "")
    assert card.transactions.count() == 4


def test_a_member_of_another_unit_is_unknown(card, tmp_path, capsys):
    stranger = CardFactory()
    line = f"r1,{stranger.member.external_id},2025-06-10T15:00:00Z,credit,,,1,"
    file = write(tmp_path / "a.csv", line)
    run(file, card, capsys)
    assert errors_of(file)[0]["error_key"] == "unknown_member"
    assert not stranger.transactions.exists()


def test_an_unknown_member_is_made_only_if_asked_for(card, tmp_path, capsys):
    MemberFactory(unit=card.member.unit, external_id="cardless")
    file = write(
        tmp_path / "a.csv",
        "r1,ben,2025-06-10T15:00:00Z,earn,1000,,,",
        "r2,ben,2025-06-11T15:00:00Z,spend,,,4,",
        "r3,cardless,2025-06-11T15:00:00Z,credit,,,4,",
    )
    run(file, card, capsys)
    keys = [each["error_key"] for each in errors_of(file)]
    assert keys == ["unknown_member", "unknown_member", "no_card"]
    definition = card.definition
    named = f"no card of {definition.scheme.name}: {definition.name}."
    assert named in errors_of(file)[2]["error_message"]
    said, complaint = run(file, card, capsys, "--create-members")
    assert (said["Booked"], said["Cards opened"], complaint) == (3, 2, "")
    ben = Card.objects.get(member__external_id="ben")
    assert story(ben) == [("POINTS_EARNED", 10, 0), ("POINTS_SPENT_ON_ORDER", -4, 0)]


def test_no_member_is_made_for_a_line_that_fails(card, tmp_path, capsys):
    file = write(
        tmp_path / "a.csv",
        "r1,ben,2025-06-10T15:00:00Z,spend,,,4,",
        "r2,ben,2025-06-10T15:00:00Z,credit,,,4,",
        "r3,cleo,2025-06-10T15:00:00Z,spend,,,4,",
    )
    said, _ = run(file, card, capsys, "--create-members")
    assert (said["Booked"], said["Failed"], said["Cards opened"]) == (1, 2, 1)
    assert set(Member.objects.values_list("external_id", flat=True)) == {"anna", "ben"}


def test_the_sample_file_can_be_imported_into_the_demo_shop(db, tmp_path, capsys):
    demo.Demo(now=datetime(2025, 7, 10, 12, tzinfo=UTC), members=15).build()
    card = Card.objects.first()
    copy = tmp_path / SAMPLE.name
    copy.write_bytes(SAMPLE.read_bytes())
    with SAMPLE.open(encoding="utf-8") as file:
        lines = sum(1 for _ in csv.DictReader(file))
    said, complaint = run(copy, card, capsys, "--create-members")
    assert (said["Booked"], said["Failed"], complaint) == (lines, 0, ""), errors_of(
        copy
    )
    again, _ = run(copy, card, capsys)
    assert again["Already there"] == lines
    for each in Card.objects.all():
        assert_adds_up(each)


def test_a_scheme_with_several_definitions_asks_for_one(card, tmp_path, capsys):
    other = CardDefinitionFactory(scheme=card.definition.scheme, name="Stars")
    EarnRateFactory(card_definition=other, points=2)
    file = write(tmp_path / "a.csv", "r1,anna,2025-06-10T15:00:00Z,earn,1000,,,")
    _, complaint = run(file, card, capsys)
    assert complaint == f"Choose one --definition: {card.definition.name}, Stars."
    said, _ = run(file, card, capsys, "--definition=Stars", "--create-members")
    assert said["Points by earn"] == 20
