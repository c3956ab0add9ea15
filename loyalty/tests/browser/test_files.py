"""A file with one wrong row, from the upload to its errors; and an export."""

import csv
from pathlib import Path

import pytest

from accounts.models import Card, Member
from loyalty.roles import ADMINISTRATOR
from loyalty.tests.staff_pages import make_shop
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

LINES = (
    "reference,member,time,kind,amount",
    "good,{member},2026-01-10T15:00:00Z,earn,500",
    "wrong,{member},2026-01-10T15:00:00Z,earn,12.50",
)


def saved(page, click):
    """The lines of the file that a click downloads, and its name."""
    with page.expect_download() as started:
        click()
    text = Path(started.value.path()).read_text(encoding="utf-8-sig")
    return started.value.suggested_filename, list(csv.DictReader(text.splitlines()))


def test_a_file_is_checked_booked_and_its_errors_saved(page_as, tmp_path, screenshot):
    shop = make_shop("Mine")
    file = tmp_path / "june.csv"
    text = "\n".join(LINES).format(member=shop[Member].external_id)
    file.write_text(text, encoding="utf-8")
    page = page_as(ADMINISTRATOR, shop.unit)

    page.goto("/admin/")
    page.locator("a[href$='/transaction/import/']").first.click()
    screenshot(page, "files_import")
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Check the file").click()

    page.get_by_text("june.csv was checked. Nothing is booked yet.").wait_for()
    page.get_by_text("amount: '12.50' is not a whole number.").first.wait_for()
    screenshot(page, "files_checked")
    assert not Transaction.objects.filter(reference="good").exists()

    page.get_by_role("button", name="Import these rows").click()
    page.get_by_text("The check of this file").wait_for()
    screenshot(page, "files_imported")
    assert Transaction.objects.filter(reference="good").count() == 1

    link = page.get_by_role("link", name="Download the refused rows")
    name, (error,) = saved(page, link.click)
    assert name == "june.errors.csv"
    assert (error["reference"], error["error_column"]) == ("wrong", "amount")


def test_an_export_is_saved_from_its_page(page_as, screenshot):
    shop = make_shop("Mine")
    page = page_as(ADMINISTRATOR, shop.unit)
    page.goto("/admin/")
    page.locator("a[href$='/transaction/export/']").first.click()
    page.get_by_label("Members, by the day").check()
    page.get_by_label("To").fill("2019-12-31")
    page.get_by_role("button", name="Export").click()
    page.get_by_text("There is nothing to export").wait_for()
    assert page.get_by_label("To").input_value() == "2019-12-31"
    page.get_by_label("To").fill("")
    screenshot(page, "files_export")
    export = page.get_by_role("button", name="Export")
    name, (line,) = saved(page, export.click)
    assert name.startswith("members-")
    assert line["card_number"] == shop[Card].code
