"""Runs of an import: tried, stopped, killed, repeated, two at once."""

from itertools import count

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Member
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.testing import race
from transactions.imports import FailureFile, Importer, Report, TransactionsFile
from transactions.imports.running import Batch
from transactions.models import Transaction
from transactions.tests.helpers import assert_adds_up, story
from transactions.tests.importing import run, write


@pytest.fixture
def card(simple_card):
    Member.objects.update(external_id="anna")
    return simple_card


def test_a_dry_run_says_the_same_and_keeps_nothing(card, tmp_path, capsys):
    file = write(
        tmp_path / "a.csv",
        "r1,ben,2025-06-10T15:00:00Z,earn,1000,,,",
        "r2,ben,2025-06-11T15:00:00Z,spend,,,4,",
        "r3,ben,2025-06-11T15:00:00Z,spend,,,7,",
    )
    # In batches of one line, so that a spend needs what an earlier batch earned.
    dry, dry_complaint = run(
        file, card, capsys, "--dry-run", "--create-members", "--batch=1"
    )
    assert not Transaction.objects.exists()
    assert Member.objects.count() == 1
    assert run(file, card, capsys, "--create-members") == (dry, dry_complaint)
    assert (dry["Booked"], dry["Failed"]) == (2, 1)


def test_killed_in_the_middle_and_imported_again_ends_in_the_same_rows(
    card, tmp_path, capsys, monkeypatch
):
    lines = [f"r{n},anna,2025-06-10T15:{n:02}:00Z,earn,{n}00,,," for n in range(1, 31)]
    lines += [f"s{n},anna,2025-06-11T15:{n:02}:00Z,spend,,,{n}," for n in range(1, 11)]
    file = write(tmp_path / "a.csv", *lines)
    book, batches = Batch.book, count(1)

    def killed(self, rows):
        book(self, rows)
        if next(batches) == 5:
            raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "book", killed)
        with pytest.raises(RuntimeError):
            run(file, card, capsys, "--batch=7")
    assert Transaction.objects.count() == 4 * 7
    said, complaint = run(file, card, capsys, "--batch=7")
    assert (said["Already there"], said["Booked"], complaint) == (28, 12, "")
    assert [points for _, points, _ in story(card)] == [
        *range(1, 31),
        *(-n for n in range(1, 11)),
    ]
    assert_adds_up(card)


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt, 130), (OperationalError("locked"), 1)]
)
def test_an_import_that_is_stopped_says_how_far_it_came(
    card, tmp_path, monkeypatch, error, code
):
    lines = [f"r{n},anna,2025-06-10T15:00Z,credit,,,{n}," for n in range(1, 6)]
    file = write(tmp_path / "a.csv", *lines)
    book, batches = Batch.book, count(1)

    def stopped(self, rows):
        book(self, rows)
        if next(batches) == 3:
            raise error

    monkeypatch.setattr(Batch, "book", stopped)
    scheme = card.definition.scheme
    with pytest.raises(CommandError, match="Stopped after line 3;") as caught:
        call_command(
            "import_transactions",
            str(file),
            f"--unit={scheme.unit.incoming_identifier}",
            f"--scheme={scheme.reference}",
            "--batch=1",
        )
    assert caught.value.returncode == code
    assert card.transactions.count() == 2


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="the tests' SQLite database is in memory: its threads cannot race",
)
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_book_each_line_once(card, tmp_path):
    other = CardFactory(
        definition=card.definition,
        member=MemberFactory(unit=card.member.unit, external_id="ben"),
    )
    names = ("anna", "ben")
    lines = [f"r{n},{names[n % 2]},2025-06-10T15:00Z,credit,,,9," for n in range(20)]
    # One goes from anna to ben and the other from ben to anna.
    lines += [f"s{n},{names[n % 2]},2025-06-11T15:00Z,spend,,,1," for n in range(20)]
    paths = [tmp_path / "there.csv", tmp_path / "back.csv"]
    write(paths[0], *lines)
    write(paths[1], *lines[:20], *reversed(lines[20:]))

    def importing(path):
        report = Report()
        importer = Importer(
            definition=card.definition, clock=timezone.now, batch_size=7
        )
        with (
            TransactionsFile(path) as file,
            FailureFile(path.with_suffix(".errors"), header=file.header) as failures,
        ):
            importer.run(file, failures=failures, report=report)
        return report

    reports = race(*(lambda path=path: importing(path) for path in paths))
    assert [type(each) for each in reports] == [Report, Report], reports
    assert sum(each.booked for each in reports) == len(lines)
    assert sum(each.already_there for each in reports) == len(lines)
    assert Transaction.objects.count() == len(lines)
    for each in (card, other):
        assert_adds_up(each)


def test_what_is_not_there_is_named_with_what_there_is(card, tmp_path):
    file = write(tmp_path / "a.csv")
    scheme = card.definition.scheme
    unit = scheme.unit.incoming_identifier
    for arguments, complaint in (
        (["--unit=x", "--scheme=x"], f"There is no unit 'x'. There is: {unit}."),
        ([f"--unit={unit}", "--scheme=x"], f"There is: {scheme.reference}."),
        (
            [f"--unit={unit}", f"--scheme={scheme.reference}", "--definition=x"],
            f"There is: {card.definition.name}.",
        ),
        ([f"--unit={unit}", f"--scheme={scheme.reference}", "--batch=0"], "--batch"),
    ):
        with pytest.raises(CommandError, match=complaint):
            call_command("import_transactions", str(file), *arguments)
