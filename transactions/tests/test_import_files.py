"""The files of an import: what is read, what is refused, and what the error file says."""

import tracemalloc

import pytest

from accounts.models import Member
from transactions.imports import TransactionsFile
from transactions.models import Transaction
from transactions.spreadsheets import neutral
from transactions.tests.importing import HEADER, errors_of, run, write

LINE = "r1,anna,2025-06-10T15:00:00Z,earn,1000,,,"


@pytest.fixture
def card(simple_card):
    Member.objects.update(external_id="anna")
    return simple_card


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\r\n{LINE}\r\n".encode(),
        f"\n{HEADER}\n\n{LINE}\n,,,,,,,\n  \n".encode(),
        f"{HEADER}\n{LINE}".encode(),
        b"kind, Time,MEMBER,reference,amount\n"
        b"earn,2025-06-10T15:00:00Z, anna ,r1,1000\n",
        b"reference,member,time,kind,amount,reason\n"
        b'r1,anna,2025-06-10T15:00:00Z,EARN,1000,"one, ""two""\nthree"\n',
    ],
    ids=["BOM and CRLF", "blank lines", "no last newline", "any order", "quotes"],
)
def test_a_file_is_read_as_spreadsheets_write_it(card, tmp_path, capsys, content):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    said, complaint = run(file, card, capsys)
    assert (said["Lines read"], said["Booked"], complaint) == (1, 1, "")
    assert not errors_of(file)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"reference,member,time,kind,colour\n", "Unknown column: 'colour'."),
        (b"reference;member;time;kind\n", "Separate the columns with commas."),
        (b"reference,kind\n", "Missing column: member, time."),
        (b"reference,member,time,kind,Kind\n", "Column given twice: kind."),
        (b'reference,"mem"ber\n', "The header is not CSV"),
        (f"{HEADER}\n{LINE}caf\xe9\n".encode("latin-1"), "Line 2 is not UTF-8"),
        (f"{HEADER}\n{LINE}".encode("utf-16"), "Line 1 is not UTF-8"),
        (f"{HEADER}\n{LINE}".encode("utf-16-le"), "Line 1 is not UTF-8"),
        (f"{HEADER}\n{LINE}\xe9".encode()[:-1], "Line 2 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_booked(
    card, tmp_path, capsys, content, complaint
):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    said, complained = run(file, card, capsys)
    assert complaint in complained
    assert "\n" not in complained
    assert said == {}
    assert not Transaction.objects.exists()
    assert not errors_of(file)


def test_a_file_that_is_not_there_is_one_line(card, tmp_path, capsys):
    _, complaint = run(tmp_path / "none.csv", card, capsys)
    assert complaint.endswith("none.csv cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    ("line", "key", "message"),
    [
        (",anna,2025-06-10T15:00Z,earn,1,,,", "missing_value", "reference is empty"),
        ("r1,,2025-06-10T15:00Z,earn,1,,,", "missing_value", "member is empty"),
        ("r1,anna,,earn,1,,,", "missing_value", "time is empty"),
        ("r1,anna,2025-06-10T15:00Z,,1,,,", "missing_value", "kind is empty"),
        (
            "r1,anna,2025-06-10T15:00Z,gift,1,,,",
            "invalid_value",
            "'gift' is not a kind",
        ),
        ("r1,anna,10/06/2025,earn,1,,,", "invalid_value", "is not a time"),
        ("r1,anna,2025-06-10,earn,1,,,", "invalid_value", "is not a time"),
        ("r1,anna,2025-W24-2,earn,1,,,", "invalid_value", "is not a time"),
        ("r1,anna,0001-01-01T00:00+14:00,earn,1,,,", "invalid_value", "is not a time"),
        ("r1,anna,2999-01-01T00:00Z,earn,1,,,", "invalid_moment", "not come yet"),
        ("r1,anna,2019-01-01T00:00Z,earn,1,,,", "scheme_outside_dates", "does not run"),
        ("r1,anna,2025-06-10T15:00Z,earn,12.50,,,", "invalid_value", "minor units"),
        ("r1,anna,2025-06-10T15:00Z,earn,1_000,,,", "invalid_value", "whole number"),
        ("r1,anna,2025-06-10T15:00Z,earn,-5,,,", "invalid_input", "between 0 and"),
        (f"r1,anna,2025-06-10T15:00Z,earn,{'9' * 5000},,,", "invalid_value", "whole"),
        (f"r1,anna,2025-06-10T15:00Z,earn,{'9' * 18},,,", "invalid_input", "between"),
        ("r1,anna,2025-06-10T15:00Z,credit,,,-5,", "invalid_points", "between 1 and"),
        ("r1,anna,2025-06-10T15:00Z,credit,,,0,", "invalid_points", "between 1 and"),
        ("r1,anna,2025-06-10T15:00Z,credit,,,,", "missing_value", "needs points"),
        ("r1,anna,2025-06-10T15:00Z,refund,1,,,", "missing_value", "needs order"),
        ("r1,anna,2025-06-10T15:00Z,refund,1,no,,", "order_not_found", '"no"'),
        (
            "r1,anna,2025-06-10T15:00Z,debit,5,,5,",
            "unused_value",
            "debit has no amount",
        ),
        ("r1,anna,2025-06-10T15:00Z,earn,,,,", "invalid_input", "order's amount"),
        (f"{'r' * 201},anna,2025-06-10T15:00Z,earn,1,,,", "invalid_value", "longer"),
        ("r1,anna,2025-06-10T15:00Z,earn,1", "unreadable_line", "5 values"),
        ("r1,anna,2025-06-10T15:00Z,earn,1,,,a,b", "unreadable_line", "9 values"),
        ('r1,"an"na,2025-06-10T15:00Z,earn,1,,,', "unreadable_line", "not CSV"),
    ],
)
def test_a_bad_line_is_said_with_its_number_and_the_rest_goes_on(
    card, tmp_path, capsys, line, key, message
):
    file = write(tmp_path / "a.csv", line, "ok,anna,2025-06-10T15:00Z,credit,,,1,")
    said, complaint = run(file, card, capsys)
    assert (said["Booked"], said["Failed"]) == (1, 1)
    assert complaint.startswith("1 of 2 lines failed")
    (error,) = errors_of(file)
    assert (error["error_line"], error["error_key"]) == ("2", key)
    assert message in error["error_message"]


def test_money_of_another_currency_is_refused(card, tmp_path, capsys):
    file = write(
        tmp_path / "a.csv",
        "r1,anna,2025-06-10T15:00:00Z,earn,1000,gbp",
        "r2,anna,2025-06-10T15:00:00Z,earn,1000,EUR",
        header="reference,member,time,kind,amount,currency",
    )
    said, _ = run(file, card, capsys)
    assert said["Booked"] == 1
    assert errors_of(file)[0]["error_key"] == "wrong_currency"


def test_an_open_quote_takes_no_good_line_with_it_unnoticed(card, tmp_path, capsys):
    file = write(tmp_path / "a.csv", LINE, 'r2,anna,"2025-06-10', "r3,anna")
    said, _ = run(file, card, capsys)
    assert (said["Lines read"], said["Booked"], said["Failed"]) == (2, 1, 1)
    assert errors_of(file)[0]["error_line"] == "3"


def test_the_error_file_keeps_the_line_and_runs_no_formula(card, tmp_path, capsys):
    file = write(tmp_path / "a.csv", '=1+2,@sum,2025-06-10T15:00Z,earn,-5,,,"a, ""b"""')
    run(file, card, capsys)
    (error,) = errors_of(file)
    assert error["reference"] == "'=1+2"
    assert error["member"] == "'@sum"
    assert error["amount"] == "-5"
    assert error["reason"] == 'a, "b"'
    assert neutral("-2+3") == "'-2+3"
    assert neutral("+447700900001") == "+447700900001"


def test_a_corrected_error_file_can_be_imported_itself(card, tmp_path, capsys):
    file = write(tmp_path / "a.csv", "r1,nobody,2025-06-10T15:00:00Z,earn,1000,,,")
    run(file, card, capsys)
    errors = tmp_path / "a.errors.csv"
    text = errors.read_text(encoding="utf-8-sig").replace("r1,nobody", "r1,anna")
    errors.write_text(text, encoding="utf-8-sig")
    said, complaint = run(errors, card, capsys)
    assert (said["Booked"], complaint) == (1, "")
    assert Transaction.objects.get().reference == "r1"


def test_an_error_file_of_an_earlier_run_does_not_stay(card, tmp_path, capsys):
    file = write(tmp_path / "a.csv", LINE.replace("anna", "nobody"))
    run(file, card, capsys)
    assert errors_of(file)
    write(file, LINE)
    run(file, card, capsys)
    assert not (tmp_path / "a.errors.csv").exists()


@pytest.mark.parametrize("errors", ["a.csv", "missing/errors.csv"])
def test_an_error_file_that_cannot_be_written_stops_the_import_at_once(
    card, tmp_path, capsys, errors
):
    file = write(tmp_path / "a.csv", LINE)
    _, complaint = run(file, card, capsys, f"--errors={tmp_path / errors}")
    assert complaint
    assert not Transaction.objects.exists()
    assert file.read_text().startswith(HEADER)


def test_rows_are_read_one_after_the_other_not_all_at_once(tmp_path):
    lines = [LINE.replace("r1", f"r{number}") for number in range(20_000)]
    with TransactionsFile(write(tmp_path / "a.csv", *lines)) as file:
        next(file.rows())
        assert file.position < file.size / 10


@pytest.mark.slow
def test_a_long_file_needs_no_more_memory_than_a_short_one(card, tmp_path, capsys):
    peaks = []
    for length in (100, 2_000, 20_000):  # the first run warms every cache
        lines = [f"r{n},anna,2025-06-10T15:00Z,earn,5.0,,," for n in range(length)]
        file = write(tmp_path / "a.csv", *lines)
        del lines
        tracemalloc.start()
        said, _ = run(file, card, capsys)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert said["Failed"] == length
    assert peaks[2] < peaks[1] * 1.5
