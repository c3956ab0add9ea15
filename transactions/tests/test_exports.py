"""Exports: what stands in the files, and that they are made a page at a time."""

import csv
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from schemes.models import Scheme
from transactions import jobs, ledger
from transactions.exports import EXPORTS, Ask, is_long, pages, stream
from transactions.jobs import running
from transactions.jobs.exports import start_export
from transactions.ledger import Cause, Order
from transactions.models import Bucket, Job, JobChunk, Transaction
from transactions.tests.helpers import card_with

Kind = Job.Kind
EARNED_AT = datetime(2025, 6, 10, 14, tzinfo=UTC)
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
ALL = [
    Kind.EXPORT_MEMBERS,
    Kind.EXPORT_TRANSACTIONS,
    Kind.EXPORT_BUCKETS,
    Kind.EXPORT_LIABILITY,
]


def ask_of(card, **days):
    scheme = Scheme.objects.get(pk=card.definition.scheme_id)
    return Ask(scheme=scheme, now=NOW, **days)


def lines_of(content):
    text = b"".join(content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


def exported(kind, card, **days):
    return lines_of(stream(EXPORTS[kind], ask_of(card, **days)))


def credit(card, points, *, at=EARNED_AT, until=None, start=None, **cause):
    return ledger.credit(
        card=card,
        points=points,
        now=at,
        valid_from=start,
        valid_to=until,
        cause=Cause(**cause),
    )


def test_members_are_told_with_what_finds_them_and_what_they_hold(simple_card):
    member = simple_card.member
    for type_, value in (("EMAIL", "a@b.example"), ("PHONE", "+44 7700 900001")):
        IdentityFactory(member=member, unit=member.unit, type=type_, value=value)
    credit(simple_card, 70)
    credit(simple_card, 5, start=datetime(2025, 8, 1, tzinfo=UTC))
    (line,) = exported(Kind.EXPORT_MEMBERS, simple_card)
    assert line["external_id"] == member.external_id
    assert line["email"] == "a@b.example"
    assert line["phone"] == "+44 7700 900001"
    assert line["card_number"] == simple_card.code
    assert (line["active_points"], line["pending_points"]) == ("70", "5")
    assert line["joined_at"] == "2020-01-01T00:00:00+00:00"


def test_transactions_are_told_in_the_scheme_s_zone_with_its_offset(simple_card):
    order = Order(reference="order-1", amount=1000)
    ledger.earn(card=simple_card, order=order, now=EARNED_AT, cause=Cause(actor="x"))
    (line,) = exported(Kind.EXPORT_TRANSACTIONS, simple_card)
    booked = Transaction.objects.get()
    assert line["id"] == str(booked.pk)
    assert line["effective_at"] == "2025-06-10T15:00:00+01:00"
    assert (line["type"], line["points"]) == ("POINTS_EARNED", "10")
    assert (line["order"], line["amount"], line["actor"]) == ("order-1", "1000", "x")
    assert line["reference"] == line["reason"] == line["answers"] == ""


def test_buckets_are_told_with_their_dates(simple_card):
    credit(simple_card, 40, until=datetime(2025, 9, 1, tzinfo=UTC))
    ledger.debit(card=simple_card, points=15, now=EARNED_AT)
    (line,) = exported(Kind.EXPORT_BUCKETS, simple_card)
    assert (line["status"], line["points"], line["remaining"]) == ("ACTIVE", "40", "25")
    assert line["expires_at"] == "2025-09-01T01:00:00+01:00"
    assert line["cancels_at"] == ""


def test_days_are_those_of_the_scheme_s_zone_both_included(simple_card):
    for hour, reason in ((22, "before midnight"), (23, "midnight in London")):
        at = datetime(2025, 6, 10, hour, 30, tzinfo=UTC)
        credit(simple_card, 1, at=at, reason=reason)

    def reasons(**days):
        lines = exported(Kind.EXPORT_TRANSACTIONS, simple_card, **days)
        return [line["reason"] for line in lines]

    assert reasons(first=date(2025, 6, 11)) == ["midnight in London"]
    assert reasons(last=date(2025, 6, 10)) == ["before midnight"]
    assert len(reasons(first=date(2025, 6, 10), last=date(2025, 6, 11))) == 2
    assert reasons(first=date(2025, 6, 12), last=date.max) == []


@pytest.mark.parametrize(
    "formula", ["=1+1", "+cmd|'/c calc'!A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(simple_card, formula):
    member = simple_card.member
    member.name, member.metadata = formula, {"a": "=1"}
    member.save()
    IdentityFactory(member=member, unit=member.unit, type="EMAIL", value=formula)
    credit(simple_card, 7, reason=formula)
    ledger.debit(card=simple_card, points=3, now=EARNED_AT)
    for kind in ALL:
        text = b"".join(stream(EXPORTS[kind], ask_of(simple_card))).decode()
        for row in csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True)):
            for cell in row:
                assert cell[:1] not in tuple("=@\t\r") or not cell
                assert cell[:1] not in ("+", "-") or cell[1:].isdecimal(), cell
    lines = exported(Kind.EXPORT_TRANSACTIONS, simple_card)
    assert [line["points"] for line in lines] == ["7", "-3"]


# --- What is owed ---------------------------------------------------------------------


def test_what_is_owed_is_told_by_the_last_day_it_can_be_used(simple_card):
    Scheme.objects.update(point_cost=Decimal("0.5"))
    midnight = datetime(2025, 8, 31, 23, tzinfo=UTC)  # 1 September in London
    credit(simple_card, 100, until=midnight)
    credit(simple_card, 11, start=datetime(2025, 8, 1, tzinfo=UTC), until=midnight)
    credit(simple_card, 3, until=datetime(2025, 9, 1, 12, tzinfo=UTC))
    credit(simple_card, 20)
    lines = exported(Kind.EXPORT_LIABILITY, simple_card)
    told = [
        (line["last_usable_day"], line["active_points"], line["pending_points"])
        for line in lines
    ]
    assert told == [
        ("2025-08-31", "100", "11"),
        ("2025-09-01", "3", "0"),
        ("never expires", "20", "0"),
    ]
    assert lines[0]["active_cost_minor_units"] == "50"
    assert lines[0]["pending_cost_minor_units"] == "5.5"
    assert lines[0]["as_of"] == "2025-07-01T13:00:00+01:00"
    of_september = {"first": date(2025, 9, 1), "last": date(2025, 9, 30)}
    (line,) = exported(Kind.EXPORT_LIABILITY, simple_card, **of_september)
    assert line["active_points"] == "3"


def test_what_is_owed_goes_by_the_dates_however_late_the_sweep_is(simple_card):
    credit(simple_card, 9, until=datetime(2025, 6, 20, tzinfo=UTC))  # lapsed by now
    credit(simple_card, 5, start=datetime(2025, 6, 20, tzinfo=UTC))  # active by now
    (line,) = exported(Kind.EXPORT_LIABILITY, simple_card)
    assert (line["active_points"], line["pending_points"]) == ("5", "0")
    assert line["active_cost_minor_units"] == ""


def test_points_that_await_an_event_are_owed_until_its_deadline(db):
    card = card_with(
        pending_mode="EVENT_BASED", pending_events=["delivered"], pending_deadline="30D"
    )
    order = Order(reference="o", amount=100)
    for points, at in ((8, EARNED_AT), (9, datetime(2025, 5, 1, tzinfo=UTC))):
        ledger.earn(card=card, order=order, points=points, now=at)
    assert Bucket.objects.filter(activates_at=None).count() == 2
    (line,) = exported(Kind.EXPORT_LIABILITY, card)
    assert (line["active_points"], line["pending_points"]) == ("0", "8")


# --- Whose rows -----------------------------------------------------------------------


def test_no_file_has_rows_of_another_scheme(simple_card):
    other = CardFactory()
    credit(other, 1, reason="theirs")
    for kind in ALL:
        assert not exported(kind, simple_card) or kind == Kind.EXPORT_MEMBERS
    (line,) = exported(Kind.EXPORT_MEMBERS, simple_card)
    assert line["card_number"] == simple_card.code


def test_a_job_of_one_unit_tells_nothing_of_a_scheme_of_another(simple_card):
    theirs = CardFactory()
    kind = Kind.EXPORT_MEMBERS
    job = start_export(kind=kind, ask=ask_of(theirs), actor="staff:anna")
    Job.objects.update(unit=simple_card.member.unit)
    jobs.run_jobs(clock=lambda: NOW)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert not JobChunk.objects.exists()


# --- Page by page ---------------------------------------------------------------------


@pytest.fixture
def many(simple_card, monkeypatch):
    """Two hundred and one transactions, a hundred and one cards; pages of fifty."""
    monkeypatch.setattr(pages, "PAGE", 50)
    unit = simple_card.member.unit
    for number in range(100):
        member = MemberFactory(unit=unit)
        card = CardFactory(definition=simple_card.definition, member=member)
        credit(card, number + 1)
        credit(card, number + 1)
    credit(simple_card, 1)
    return simple_card


@pytest.mark.parametrize("kind", ALL)
def test_a_job_makes_the_very_file_that_is_told_at_once(many, kind):
    at_once = b"".join(stream(EXPORTS[kind], ask_of(many)))
    job = start_export(kind=kind, ask=ask_of(many), actor="staff:anna")
    jobs.run_jobs(clock=lambda: NOW)
    job.refresh_from_db()
    assert job.status == Job.Status.DONE
    assert jobs.content(job=job, file=JobChunk.File.OUTPUT) == at_once
    assert job.done == len(lines_of([at_once]))
    assert job.percent in (100, None)


def test_an_export_cut_off_in_the_middle_goes_on_where_it_was(many, monkeypatch):
    kind = Kind.EXPORT_TRANSACTIONS
    job = start_export(kind=kind, ask=ask_of(many), actor="staff:anna")
    step, pieces = running.KINDS[kind], []

    def crashing(job, now):
        pieces.append(job.position)
        done = step(job, now)
        if len(pieces) == 2:
            raise MemoryError
        return done

    monkeypatch.setattr(running, "KINDS", {kind: crashing})
    jobs.run_jobs(clock=lambda: NOW)
    jobs.retry(job=job, now=NOW)
    jobs.run_jobs(clock=lambda: NOW)
    lines = lines_of(jobs.read(job=job, file=JobChunk.File.OUTPUT))
    ids = [int(line["id"]) for line in lines]
    assert ids == list(Transaction.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("kind", ALL)
def test_a_page_takes_as_many_queries_however_many_rows_it_has(many, kind, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 1_000)

    few = CardFactory(definition__scheme__unit=many.member.unit)
    credit(few, 1)

    def queries(card):
        with CaptureQueriesContext(connection) as told:
            list(stream(EXPORTS[kind], ask_of(card)))
        return len(told)

    assert queries(many) == queries(few) <= 6


def test_whether_it_is_long_is_asked_without_counting_all(many, monkeypatch):
    export, ask = EXPORTS[Kind.EXPORT_TRANSACTIONS], ask_of(many)
    assert not is_long(export, ask)
    monkeypatch.setattr(pages, "SHORT", 200)
    with CaptureQueriesContext(connection) as told:
        assert is_long(export, ask)
    assert "LIMIT 201" in told[0]["sql"]


@pytest.mark.slow
def test_a_long_file_needs_no_more_memory_than_a_short_one(many, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 10)
    export, peaks = EXPORTS[Kind.EXPORT_TRANSACTIONS], []
    for pages_read in (1, 2, 20):  # the first warms every cache
        tracemalloc.start()
        for _ in islice(stream(export, ask_of(many)), pages_read):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] * 1.5
