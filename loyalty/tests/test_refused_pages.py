"""What staff see in place of a page: why, in the admin's look, and a way back."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.roles import VIEWER
from loyalty.tests.staff_pages import make_shop
from schemes.tests.admin_forms import admin_url
from transactions.models import Bucket

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop("Shop")


def told(answer):
    text = answer.content.decode()
    assert f'href="{reverse("admin:index")}"' in text
    assert "Traceback" not in text
    return text


def test_what_is_not_there_is_told_within_the_admin(shop, staff_client):
    client = staff_client(VIEWER, shop.unit)
    for address in ("/admin/nowhere/", admin_url(Bucket(pk=10**9), "expire")):
        answer = client.get(address)
        assert answer.status_code == 404
        text = told(answer)
        assert "Not found" in text
        assert admin_url(shop[Bucket], "changelist") in text  # the menu is there


def test_what_a_role_may_not_do_is_told_within_the_admin(shop, staff_client):
    answer = staff_client(VIEWER, shop.unit).get(admin_url(shop[Bucket], "expire"))
    assert answer.status_code == 403
    text = told(answer)
    assert "Not for your role" in text
    assert admin_url(shop[Bucket], "changelist") in text


def test_a_stale_form_is_told_within_the_admin(shop, staff_client):
    staff = staff_client(VIEWER, shop.unit)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff.user)
    answer = browser.post(admin_url(shop[Bucket], "expire"), {"reason": "Late"})
    assert answer.status_code == 403
    assert "out of date" in told(answer)


def test_a_fault_is_told_without_its_traceback(shop, staff_client, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("a secret of the program")

    monkeypatch.setattr("transactions.admin.rows.LedgerRowAdmin.get_queryset", fail)
    client = staff_client(VIEWER, shop.unit)
    client.raise_request_exception = False
    answer = client.get(admin_url(shop[Bucket], "changelist"))
    assert answer.status_code == 500
    text = told(answer)
    assert "Something went wrong" in text
    assert "secret" not in text


def test_strangers_meet_no_menu(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "Not found" in told(answer)
    assert "/admin/transactions/" not in answer.content.decode()


def test_a_browser_that_asks_for_an_icon_by_itself_gets_one(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.url.endswith(".svg")
    assert "loyalty/favicon" in client.get("/admin/login/").content.decode()
