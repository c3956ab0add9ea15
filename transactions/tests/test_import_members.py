"""Imports of members: who is enrolled, who is recognised, which rows will not do."""

import pytest

from accounts.models import Card, Identity, Member
from accounts.tests.factories import IdentityFactory
from schemes.tests.factories import EarnRateFactory
from transactions import jobs
from transactions.jobs import imports
from transactions.jobs.imports import told
from transactions.models import JobChunk, Transaction
from transactions.tests.import_jobs import ENROL, book, check, csv_of, errors_of


@pytest.fixture
def card(simple_card):
    Member.objects.update(external_id="anna")
    return simple_card


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 3)


MEMBERS = "external_id,name,email,phone,card_number,metadata"


def test_members_are_enrolled_with_what_finds_them_and_a_card(card):
    line = 'ben,Ben,ben@example.com,+44 7700 900001,7000010001,"{""shop"": ""12""}"'
    checked = check(card, csv_of(line, "cleo,,,,,", header=MEMBERS), kind=ENROL)
    assert Member.objects.count() == 1
    assert told(checked)["members"] == 2
    job = book(checked)
    assert (job.status, job.done) == ("DONE", 2)
    ben = Member.objects.get(external_id="ben")
    assert (ben.name, ben.metadata) == ("Ben", {"shop": "12"})
    assert ben.cards.get().code == "7000010001"
    assert set(ben.identities.values_list("type", "value")) == {
        ("EMAIL", "ben@example.com"),
        ("PHONE", "+44 7700 900001"),
        ("CARD", "7000010001"),
    }
    cleo = Card.objects.get(member__external_id="cleo")
    assert cleo.definition == card.definition


def test_who_is_a_member_already_gets_what_is_missing_and_no_second_card(card):
    member = card.member
    content = csv_of(
        "anna,Other Name,anna@example.com,,,",
        "anna,,ANNA@example.com,,,",
        header=MEMBERS,
    )
    job = book(check(card, content, kind=ENROL))
    assert (told(job)["booked"], told(job)["already_there"]) == (1, 1)
    member.refresh_from_db()
    assert member.name == "Ada Example"
    assert [each.value for each in member.identities.all()] == ["anna@example.com"]
    assert member.cards.get() == card
    again = book(check(card, content, kind=ENROL))
    assert told(again)["already_there"] == 2
    assert Identity.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "column", "key"),
    [
        (",Ben,,,,", "external_id", "missing_value"),
        ("ben,,nonsense,,,", "email", "invalid_value"),
        ("ben,,,call me,,", "phone", "invalid_value"),
        ("ben,,,,,[1]", "metadata", "invalid_value"),
        ("ben,,,,,{", "metadata", "invalid_value"),
        ('ben,,,,,"{""a"": NaN}"', "metadata", "invalid_value"),
        ('ben,,,,,"{""a"": ""\\u0000""}"', "metadata", "invalid_value"),
        ('ben,,,,,"{""a"": ""\\ud800""}"', "metadata", "invalid_value"),
        ('ben,,,,,"{""a"": 1e400}"', "metadata", "invalid_value"),
        (f'ben,,,,,"{{""a"": {"[" * 4900}{"]" * 4900}}}"', "metadata", "invalid_value"),
        (f"ben,,,,{'1' * 41},", "card_number", "invalid_value"),
        (f"{'b' * 201},,,,,", "external_id", "invalid_value"),
        ("ben,,TAKEN@example.com,,,", "", "identity_taken"),
        ("ben,,,,0000000000,", "card_number", "card_exists"),
        ("anna,,,,123,", "card_number", "card_exists"),
        ("ben,Ben", "", "unreadable_line"),
    ],
)
def test_a_member_s_row_that_will_not_do_says_where_and_leaves_nothing(
    card, line, column, key
):
    Card.objects.update(code="0000000000")
    IdentityFactory(
        member=card.member, unit=card.member.unit, value="taken@example.com"
    )
    job = book(check(card, csv_of(line, header=MEMBERS), kind=ENROL))
    (error,) = errors_of(job)
    assert (error["error_column"], error["error_key"]) == (column, key)
    assert not Member.objects.filter(external_id="ben").exists()
    assert Identity.objects.count() == 1


def test_the_phones_of_an_error_file_come_back_as_they_were(card):
    line = "ben,,nonsense,+44 (0)7700-900001,,"
    job = check(card, csv_of(line, header=MEMBERS), kind=ENROL)
    content = jobs.content(job=job, file=JobChunk.File.ERRORS).decode()
    assert "'+44 (0)7700-900001" in content
    corrected = content.replace(",nonsense,", ",ben@example.com,").encode()
    book(check(card, corrected, kind=ENROL))
    assert Identity.objects.filter(value="+44 (0)7700-900001").exists()


def test_both_kinds_of_file_fit_together(card):
    EarnRateFactory(card_definition=card.definition, name="double", points=2)
    enrolled = csv_of("ben,,ben@example.com,,,", header=MEMBERS)
    book(check(card, enrolled, kind=ENROL))
    book(check(card, csv_of("r1,ben@example.com,2025-06-10T15:00Z,earn,900,,,")))
    assert Transaction.objects.get().card.member.external_id == "ben"
