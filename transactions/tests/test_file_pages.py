"""The pages for files: who may, what is shown, what a forged request gets."""

import csv
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card, Member
from loyalty.roles import ADMINISTRATOR, AGENT, FINANCE, MANAGER, VIEWER
from loyalty.tests.staff_pages import make_shop
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import UnitFactory
from transactions import jobs
from transactions.admin.files import uploading
from transactions.exports import Ask, pages
from transactions.jobs.exports import start_export
from transactions.models import Job, JobChunk, Transaction

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
IMPORT = "admin:transactions_transaction_import"
EXPORT = "admin:transactions_transaction_export"
HEADER = "reference,member,time,kind,amount"


def without_jobs(name):
    shop = make_shop(name)
    Job.objects.all().delete()
    return shop


@pytest.fixture
def shop(db):
    return without_jobs("Mine")


@pytest.fixture
def theirs(db):
    return without_jobs("Theirs")


def line(shop, reference="r1", amount="500"):
    member = shop[Member].external_id
    return f"{reference},{member},2026-01-10T15:00:00Z,earn,{amount}"


def upload(client, shop, *lines, kind="IMPORT_TRANSACTIONS", header=HEADER, **changes):
    content = "\n".join([header, *lines, ""]).encode()
    data = {
        "kind": kind,
        "definition": shop[CardDefinition].pk,
        "file": SimpleUploadedFile("june.csv", content, content_type="text/csv"),
    }
    return client.post(reverse(IMPORT), data | changes)


def book(client, job):
    return client.post(reverse("admin:transactions_job_book", args=(job.pk,)))


def file_of(client, job, file):
    return client.get(reverse("admin:transactions_job_file", args=(job.pk, file)))


def page_of(client, job):
    answer = client.get(reverse("admin:transactions_job_change", args=(job.pk,)))
    assert answer.status_code == 200
    return answer.content.decode()


def ask(client, shop, kind="EXPORT_TRANSACTIONS", **changes):
    data = {"kind": kind, "scheme": shop[Scheme].pk, "first": "", "last": ""}
    return client.post(reverse(EXPORT), data | changes)


def lines_of(answer):
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(text.splitlines()))


# --- Who may --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "imports", "exports"),
    [
        ("", False, False),
        (VIEWER, False, False),
        (AGENT, False, False),
        (MANAGER, True, False),
        (FINANCE, False, True),
        (ADMINISTRATOR, True, True),
    ],
)
def test_each_page_is_for_its_roles_alone(shop, staff_client, role, imports, exports):
    client = staff_client(role, shop.unit)
    template = reverse(f"{IMPORT}_template", args=("members",))
    for address, may in (
        (reverse(IMPORT), imports),
        (template, imports),
        (reverse(EXPORT), exports),
    ):
        assert client.get(address).status_code == (200 if may else 403)
        menu = client.get("/admin/").content.decode()
        if address != template:
            assert (f'href="{address}"' in menu) == may
    assert (upload(client, shop, line(shop)).status_code == 302) == imports
    assert Job.objects.exists() == imports
    assert (ask(client, shop).status_code == 200) == exports


def test_strangers_are_sent_to_the_log_in(client, shop):
    for name in (IMPORT, EXPORT):
        assert client.get(reverse(name)).url.startswith(reverse("admin:login"))


def test_what_is_owed_takes_a_permission_of_its_own(shop, staff_client):
    may = ["transactions.export_rows", "transactions.view_job"]
    client = staff_client("", shop.unit, permissions=may)
    assert "Points owed" not in client.get(reverse(EXPORT)).content.decode()
    answer = ask(client, shop, kind="EXPORT_LIABILITY")
    assert "valid choice" in answer.content.decode()
    ask_ = Ask(scheme=shop[Scheme], now=NOW)
    job = start_export(kind=Job.Kind.EXPORT_LIABILITY, ask=ask_, actor="staff:x")
    jobs.run_jobs(clock=lambda: NOW)
    assert file_of(client, job, "OUTPUT").status_code == 403
    finance = staff_client(FINANCE, shop.unit)
    assert file_of(finance, job, "OUTPUT").status_code == 200


def test_no_file_is_taken_for_or_given_of_another_unit(shop, theirs, staff_client):
    client = staff_client(ADMINISTRATOR, shop.unit)
    for name in (IMPORT, EXPORT):
        assert "Theirs" not in client.get(reverse(name)).content.decode()
    for answer in (upload(client, theirs, line(theirs)), ask(client, theirs)):
        assert answer.status_code == 200
        assert "Select a valid choice" in answer.content.decode()
    assert not Job.objects.exists()


def test_jobs_of_another_unit_are_not_there(shop, theirs, staff_client):
    other = staff_client(ADMINISTRATOR, theirs.unit)
    upload(other, theirs, line(theirs))
    job = Job.objects.get()
    client = staff_client(ADMINISTRATOR, shop.unit)
    before = Transaction.objects.count()
    assert book(client, job).status_code == 404
    for file in JobChunk.File.values:
        assert file_of(client, job, file).status_code == 404
    assert Transaction.objects.count() == before
    assert JobChunk.objects.filter(job=job, file="INPUT").exists()


def test_who_only_sees_jobs_gets_and_books_no_files(shop, staff_client):
    upload(staff_client(MANAGER, shop.unit), shop, line(shop), "x,,,,")
    job = Job.objects.get()
    viewer = staff_client(VIEWER, shop.unit)
    assert "Import these rows" not in page_of(viewer, job)
    assert book(viewer, job).status_code == 403
    for file in JobChunk.File.values:
        assert file_of(viewer, job, file).status_code == 403
    assert Job.objects.count() == 1


def test_a_file_is_booked_by_post_alone(shop, staff_client):
    client = staff_client(MANAGER, shop.unit)
    upload(client, shop, line(shop))
    address = reverse("admin:transactions_job_book", args=(Job.objects.get().pk,))
    assert client.get(address).status_code == 405
    assert Job.objects.count() == 1


# --- From the upload to the errors ----------------------------------------------------


def test_a_file_is_checked_shown_booked_and_its_errors_come_back(shop, staff_client):
    client = staff_client(MANAGER, shop.unit)
    before = Transaction.objects.count()
    answer = upload(client, shop, line(shop), line(shop, "r2", "12.50"))
    check = Job.objects.get()
    assert answer.url == reverse("admin:transactions_job_change", args=(check.pk,))
    page = page_of(client, check)
    assert "Import these rows" in page
    assert "amount: &#x27;12.50&#x27; is not a whole number." in page
    assert Transaction.objects.count() == before
    booked = Job.objects.get(pk=int(book(client, check).url.split("/")[-3]))
    assert (booked.status, booked.done, booked.refused) == ("DONE", 1, 1)
    assert booked.actor == f"staff:{client.user.get_username()}"
    assert Transaction.objects.count() == before + 1
    answer = file_of(client, booked, "ERRORS")
    assert 'filename="june.errors.csv"' in answer["Content-Disposition"]
    (error,) = lines_of(answer)
    assert (error["reference"], error["error_line"]) == ("r2", "3")
    assert error["error_column"] == "amount"


def test_importing_twice_by_an_old_page_is_refused_with_a_sentence(shop, staff_client):
    client = staff_client(MANAGER, shop.unit)
    upload(client, shop, line(shop))
    check = Job.objects.get()
    book(client, check)
    answer = client.post(
        reverse("admin:transactions_job_book", args=(check.pk,)), follow=True
    )
    assert "This file is imported already, or was deleted." in answer.content.decode()
    assert Job.objects.count() == 2
    page = page_of(client, check)
    assert "Go to the import of this file" in page
    assert "Import these rows" not in page


def test_a_file_of_the_same_content_is_pointed_out(shop, staff_client):
    client = staff_client(MANAGER, shop.unit)
    upload(client, shop, line(shop))
    book(client, Job.objects.get())
    upload(client, shop, line(shop))
    check = Job.objects.latest("pk")
    page = page_of(client, check)
    assert "A file of just this content was imported before" in page
    assert "All rows are there already" in page


def test_a_long_file_is_left_to_the_worker(shop, staff_client, monkeypatch):
    monkeypatch.setattr(uploading, "PIECE", 1)
    client = staff_client(MANAGER, shop.unit)
    upload(client, shop, line(shop), line(shop, "r2"))
    job = Job.objects.get()
    assert job.status == Job.Status.WAITING
    assert "Import these rows" not in page_of(client, job)
    assert file_of(client, job, "ERRORS").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "submitted file is empty"),
        ("caf\xe9\n".encode("latin-1"), "Line 1 is not UTF-8 text."),
        (b"a,b\n1,2\n", "Unknown column"),
        (b"reference\n", "Missing column: member, time, kind."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(
    shop, staff_client, content, said
):
    client = staff_client(MANAGER, shop.unit)
    file = SimpleUploadedFile("x.csv", content)
    answer = upload(client, shop, file=file, create_members="on")
    assert answer.status_code == 200
    form = answer.context["form"]
    assert said in form.errors["file"][0]
    assert form["create_members"].value()
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_both_sizes(
    shop, staff_client, monkeypatch
):
    monkeypatch.setattr(uploading, "MOST_BYTES", 2048)
    client = staff_client(MANAGER, shop.unit)
    answer = upload(client, shop, "x" * 4096)
    (said,) = answer.context["form"].errors["file"]
    assert said.replace("\xa0", " ") == (
        "The file has 4.0 KB, and at most 2.0 KB are taken. Split it."
    )


def test_who_has_no_definition_yet_is_told_what_comes_first(staff_client, shop):
    client = staff_client(ADMINISTRATOR, UnitFactory())
    assert "Make a scheme" in client.get(reverse(IMPORT)).content.decode()
    assert "no scheme yet" in client.get(reverse(EXPORT)).content.decode()


@pytest.mark.parametrize("kind", ["members", "transactions"])
def test_a_template_is_a_file_that_can_be_imported(shop, staff_client, kind):
    client = staff_client(MANAGER, shop.unit)
    answer = client.get(reverse(f"{IMPORT}_template", args=(kind,)))
    file = SimpleUploadedFile("t.csv", answer.content)
    kind = f"IMPORT_{kind.upper()}"
    sent = upload(client, shop, kind=kind, file=file, create_members="on")
    assert sent.status_code == 302, sent.context["form"].errors
    job = Job.objects.get()
    assert (job.done, job.refused) == (1, 0), job.refusals.get()


def test_there_is_no_template_of_anything_else(shop, staff_client):
    client = staff_client(MANAGER, shop.unit)
    for kind in ("buckets", "MEMBERS ", "x" * 300):
        address = reverse(f"{IMPORT}_template", args=(kind,))
        assert client.get(address).status_code == 404


# --- Exports --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["MEMBERS", "TRANSACTIONS", "BUCKETS", "LIABILITY"])
def test_a_short_export_is_the_answer_and_is_logged(shop, staff_client, kind):
    client = staff_client(FINANCE, shop.unit)
    answer = ask(client, shop, kind=f"EXPORT_{kind}")
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert f'filename="{kind.lower()}-' in answer["Content-Disposition"]
    assert len(lines_of(answer)) == 1
    assert not Job.objects.exists()
    logged = LogEntry.objects.get(user=client.user)
    assert logged.object_id == str(shop[Scheme].pk)


def test_a_long_export_is_a_job_with_a_download(shop, staff_client, monkeypatch):
    monkeypatch.setattr(pages, "SHORT", 0)
    client = staff_client(FINANCE, shop.unit)
    answer = ask(client, shop)
    job = Job.objects.get()
    assert answer.url == reverse("admin:transactions_job_change", args=(job.pk,))
    assert "Download" not in page_of(client, job)
    jobs.run_jobs(clock=timezone.now)
    assert "Download the file" in page_of(client, job)
    (told,) = lines_of(file_of(client, job, "OUTPUT"))
    assert told["card_number"] == shop[Card].code


def test_nothing_to_export_is_said_in_the_form(shop, staff_client):
    client = staff_client(FINANCE, shop.unit)
    page = ask(client, shop, first="1999-01-01", last="1999-01-02").content.decode()
    assert "There is nothing to export" in page
    assert 'value="1999-01-02"' in page


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"first": "2025-02-02", "last": "2025-02-01"}, "last"),
        ({"first": "soon"}, "first"),
        ({"last": "99999-01-01"}, "last"),
        ({"scheme": "x"}, "scheme"),
        ({"kind": "EXPORT_EVERYTHING"}, "kind"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    shop, staff_client, days, field
):
    answer = ask(staff_client(FINANCE, shop.unit), shop, **days)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_of_all_days_are_days(shop, staff_client, day):
    client = staff_client(FINANCE, shop.unit)
    for kind in ("MEMBERS", "TRANSACTIONS", "BUCKETS", "LIABILITY"):
        for name in ("first", "last"):
            answer = ask(client, shop, kind=f"EXPORT_{kind}", **{name: day})
            assert answer.status_code == 200
            if answer.streaming:
                lines_of(answer)


def test_a_bulk_action_s_list_of_buckets_is_no_file_to_download(shop, staff_client):
    job = jobs.start(
        kind=Job.Kind.CANCEL_BUCKETS,
        unit=shop.unit,
        actor="x",
        now=NOW,
        parameters={},
    )
    jobs.append(job=job, file=JobChunk.File.INPUT, content=b"[1]")
    client = staff_client(ADMINISTRATOR, shop.unit)
    assert file_of(client, job, "INPUT").status_code == 403
