"""Imports as jobs: checked, booked, cut off in the middle, stopped, asked for twice."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Card, Member
from accounts.tests.factories import CardFactory, IdentityFactory
from transactions import jobs
from transactions.imports import UnreadableFile
from transactions.imports.reading import LONGEST_LINE
from transactions.jobs import files, imports, running
from transactions.jobs.imports import NotChecked, told
from transactions.models import Job, JobChunk, JobRefusal, Transaction
from transactions.tests.helpers import assert_adds_up, story
from transactions.tests.import_jobs import (
    BOOK,
    NOW,
    book,
    check,
    clock,
    csv_of,
    errors_of,
)
from transactions.tests.importing import HEADER


@pytest.fixture
def card(simple_card):
    Member.objects.update(external_id="anna")
    return simple_card


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 3)


def earns(count, first=1):
    return [
        f"r{n},anna,2025-06-10T15:{n % 60:02}:00Z,earn,{n}00,,,"
        for n in range(first, first + count)
    ]


# --- Checking and booking -------------------------------------------------------------


def test_a_check_says_what_would_come_of_a_file_and_books_nothing(card):
    wrong = "r9,anna,2025-06-10T15:00:00Z,earn,12.50,,,"
    job = check(card, csv_of(*earns(4), wrong))
    assert (job.status, job.total, job.done, job.refused) == ("DONE", 5, 4, 1)
    assert told(job)["booked"] == 4
    assert not Transaction.objects.exists()
    refusal = JobRefusal.objects.get(job=job)
    assert (refusal.row, refusal.key) == (6, "invalid_value")
    assert refusal.message.startswith("amount: '12.50' is not a whole number.")


def test_what_was_checked_is_booked_once_somebody_says_so(card):
    checked = check(card, csv_of(*earns(7)))
    job = book(checked)
    assert (job.status, job.done, job.points) == ("DONE", 7, sum(range(1, 8)))
    assert job.percent == 100
    assert [points for _, points, _ in story(card)] == list(range(1, 8))
    assert set(Transaction.objects.values_list("actor", flat=True)) == {"staff:ben"}
    assert_adds_up(card)


def test_a_checked_file_is_booked_by_one_job_however_often_it_is_asked_for(card):
    checked = check(card, csv_of(*earns(2)))
    job = book(checked, run=False)
    with pytest.raises(NotChecked):
        book(checked)
    checked.refresh_from_db()
    assert checked.parameters["booked_by"] == job.pk
    assert job.parameters["checked_by"] == checked.pk


def test_a_file_is_not_booked_before_its_check_is_done(card):
    with pytest.raises(NotChecked):
        book(check(card, csv_of(*earns(2)), run=False))


def test_an_import_is_no_check_that_could_be_booked(card):
    job = book(check(card, csv_of(*earns(2))))
    with pytest.raises(NotChecked):
        book(job)


def test_a_file_that_comes_again_changes_nothing(card):
    content = csv_of(*earns(7))
    first = book(check(card, content))
    before = list(Transaction.objects.values())
    again = check(card, content)
    assert told(again)["already_there"] == 7
    assert [each.pk for each in imports.earlier_imports(again)] == [first.pk]
    assert told(book(again))["already_there"] == 7
    assert list(Transaction.objects.values()) == before


def test_the_error_file_is_ready_to_be_corrected_and_to_come_again(card):
    spend = "s{n},anna,2025-06-11T15:00:00Z,spend,,,{n},=1+1"
    lines = [*earns(3), *(spend.format(n=n) for n in (900, 901, 902, 903))]
    job = book(check(card, csv_of(*lines)))
    errors = errors_of(job)
    assert [error["error_line"] for error in errors] == ["5", "6", "7", "8"]
    assert errors[0]["error_column"] == "points"
    assert errors[0]["reason"] == "'=1+1"
    content = jobs.content(job=job, file=JobChunk.File.ERRORS)
    corrected = content.decode().replace(",900,", ",1,").encode()
    again = book(check(card, corrected))
    assert (told(again)["booked"], again.refused) == (1, 3)
    assert Transaction.objects.get(reference="s900").reason == "=1+1"


def test_rows_that_need_an_earlier_piece_are_left_to_the_booking(card):
    lines = [*earns(3), "s1,anna,2025-06-11T15:00:00Z,spend,,,6,"]
    checked = check(card, csv_of(*lines))
    assert (checked.refused, told(checked)["undecided"]) == (0, 1)
    assert book(checked).refused == 0
    assert_adds_up(card)


def test_members_that_are_not_there_are_made_only_if_asked_for(card):
    content = csv_of("r1,ben,2025-06-10T15:00:00Z,earn,1000,,,")
    assert check(card, content).refused == 1
    checked = check(card, content, create_members=True)
    assert told(checked)["members"] == 1
    assert not Member.objects.filter(external_id="ben").exists()
    book(checked)
    assert story(Card.objects.get(member__external_id="ben")) == [
        ("POINTS_EARNED", 10, 0)
    ]


def test_a_grant_and_an_adjustment_keep_the_dates_of_their_rows(card):
    header = f"{HEADER},activates_at,expires_at"
    line = "c1,anna,2025-06-10T15:00:00Z,credit,,,50,,2025-08-01T00:00,2025-09-01T00:00"
    book(check(card, csv_of(line, header=header)))
    bucket = card.buckets.get()
    assert bucket.status == "PENDING"
    assert bucket.activates_at == datetime(2025, 7, 31, 23, tzinfo=UTC)
    assert bucket.expires_at == datetime(2025, 8, 31, 23, tzinfo=UTC)


def test_another_unit_s_member_is_unknown_in_a_file(card):
    stranger = CardFactory()
    IdentityFactory(
        member=stranger.member, unit=stranger.member.unit, value="x@example.com"
    )
    names = (stranger.member.external_id, "x@example.com", stranger.code)
    lines = [
        f"r{n},{name},2025-06-10T15:00Z,credit,,,1," for n, name in enumerate(names)
    ]
    job = book_all_refused(card, csv_of(*lines))
    assert {error["error_key"] for error in errors_of(job)} == {"unknown_member"}
    assert not stranger.transactions.exists()


def book_all_refused(card, content):
    job = check(card, content)
    assert job.refused == job.total
    return book(job)


# --- Cut off, stopped, gone on with ---------------------------------------------------


def test_an_import_cut_off_in_the_middle_goes_on_and_books_each_row_once(
    card, monkeypatch
):
    quoted = 'q1,anna,2025-06-10T16:00:00Z,credit,,,5,"two\nlines, and é"'
    wrong = 'w1,anna,2025-06-10T15:00:00Z,earn,"1"2,,,'
    checked = check(card, csv_of(*earns(4), quoted, "", wrong, *earns(9, first=5)))
    job = book(checked, run=False)
    step, pieces = running.KINDS[BOOK], []

    def crashing(job, now):
        pieces.append(job.position)
        done = step(job, now)
        if len(pieces) in (2, 4):
            raise MemoryError  # after the rows were written, before the commit
        return done

    monkeypatch.setattr(running, "KINDS", {BOOK: crashing})
    for _ in range(3):
        jobs.run_jobs(clock=clock)
        job.refresh_from_db()
        if job.status == Job.Status.FAILED:
            jobs.retry(job=job, now=NOW)
    assert job.status == Job.Status.DONE
    assert (job.done, job.refused) == (14, 1)
    references = list(Transaction.objects.values_list("reference", flat=True))
    assert len(references) == len(set(references)) == 14
    assert Transaction.objects.get(reference="q1").reason == "two\nlines, and é"
    assert [error["error_line"] for error in errors_of(job)] == ["9"]
    assert_adds_up(card)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_pieces_fit_together_whatever_the_line_ends_and_chunks(card, end, chunk):
    lines = [
        f"r{n},anna,2025-06-10T15:00:00Z,credit,,,{n},é{end}ü" for n in range(1, 9)
    ]
    lines = [line.replace(f"é{end}ü", f'"é{end}ü"') for line in lines]
    content = ("\ufeff" + end.join([HEADER, *lines])).encode()
    job = book(check(card, content, chunk=chunk))
    assert (job.done, job.refused) == (8, 0)
    assert sum(points for _, points, _ in story(card)) == sum(range(1, 9))
    assert {each.reason for each in Transaction.objects.all()} == {f"é{end}ü"}


def test_a_stopped_import_keeps_what_is_done_and_can_go_on(card):
    job = book(check(card, csv_of(*earns(10))), run=False)
    looks = []

    def stop_after_two_pieces():
        looks.append(1)
        if len(looks) == 3:
            jobs.cancel(job=job, now=NOW)
        return True

    jobs.run_jobs(clock=clock, keep_going=stop_after_two_pieces)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELED
    assert Transaction.objects.count() == job.done == 6
    jobs.retry(job=job, now=NOW)
    jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    assert (job.status, job.done) == ("DONE", 10)
    assert_adds_up(card)


# --- Files that are refused -----------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (csv_of(*earns(1)).decode().encode("utf-16"), "Line 1 is not UTF-8"),
        (csv_of("r1,caf\xe9").decode().encode("latin-1"), "Line 2 is not UTF-8"),
        (csv_of("r1,a\0b"), "Line 2 is not UTF-8"),
        (b"PK\x03\x04\x14\x00\x06\x00", "Line 1 is not UTF-8"),
        (b"reference;member;time;kind\n", "Separate the columns with commas."),
        (csv_of("x" * (LONGEST_LINE + 1)), "Line 2 is longer than"),
        (b"external_id\nanna\n", "Unknown column: 'external_id'."),
    ],
)
def test_a_file_that_cannot_be_read_becomes_no_job(card, content, message):
    with pytest.raises(UnreadableFile, match=message):
        check(card, content, chunk=1 << 16)
    assert not Job.objects.exists()
    assert not JobChunk.objects.exists()


def test_a_quote_that_never_ends_costs_its_rows_and_nothing_else(card):
    lines = [*earns(2), 'x,anna,2025-06-10T15:00:00Z,credit,,,1,"never ends']
    job = book(check(card, csv_of(*lines, *earns(3, first=3))))
    assert told(job)["booked"] == 2
    assert job.refused == 1


def test_a_page_keeps_some_refusals_and_the_error_file_all(card, monkeypatch):
    monkeypatch.setattr(imports, "MOST_REFUSALS", 4)
    job = check(card, csv_of(*(f"r{n},nobody,,earn,1,,," for n in range(10))))
    assert JobRefusal.objects.filter(job=job).count() == 4
    assert job.refused == len(errors_of(job)) == 10


@pytest.mark.slow
def test_a_long_file_needs_no_more_memory_than_a_short_one(card, monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 200)
    peaks = []
    for length in (100, 3_000, 30_000):  # the first run warms every cache
        lines = (f"r{n},nobody,2025-06-10T15:00Z,earn,5.0,,," for n in range(length))
        job = check(card, csv_of(*lines), chunk=1 << 16, run=False)
        tracemalloc.start()
        jobs.run_jobs(clock=clock)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        job.refresh_from_db()
        assert job.refused == length
    # A piece reads a few chunks of the file, of a quarter of a megabyte each.
    assert peaks[2] < peaks[1] + 4 * (1 << 20)


def test_the_files_of_a_job_are_deleted_a_month_after_it_ended(card):
    job = check(card, csv_of(*earns(2)))
    open_job = check(card, csv_of(*earns(3)), run=False)
    files.forget_old(now=NOW + timedelta(days=30))
    assert JobChunk.objects.filter(job=job).exists()
    files.forget_old(now=NOW + timedelta(days=30, seconds=1))
    assert set(JobChunk.objects.values_list("job", flat=True)) == {open_job.pk}
    with pytest.raises(NotChecked):
        book(job)


def test_an_import_that_was_stopped_does_not_go_on_without_its_file(card):
    job = book(check(card, csv_of(*earns(10))), run=False)
    jobs.cancel(job=job, now=NOW)
    later = NOW + files.KEPT_FOR + timedelta(seconds=1)
    files.forget_old(now=later)
    with pytest.raises(jobs.JobTooOld):
        jobs.retry(job=job, now=later)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELED


def test_a_job_of_one_unit_books_nothing_under_a_definition_of_another(card):
    theirs = CardFactory().definition
    job = check(card, csv_of(*earns(2)), run=False)
    Job.objects.update(parameters={**job.parameters, "definition": theirs.pk})
    jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    assert (job.status, job.done) == (Job.Status.FAILED, 0)
