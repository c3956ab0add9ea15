"""Who is told what in which language: staff in theirs, programs in English."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from accounts.models import Card
from loyalty.errors import Refusal, Sentence
from loyalty.tests.api import client as api_client
from loyalty.tests.staff_pages import make_shop
from schemes import sentences
from schemes.policies import BurnBand, check_spend
from transactions import jobs
from transactions.models import JobRefusal
from transactions.tests.bucket_jobs import NOW, ask, clock, make_cards
from transactions.tests.helpers import shut
from transactions.tests.verb_pages import opened, shown

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def _english_again():
    """A thread keeps the language of its last request: the next test begins anew."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def german():
    with translation.override("de"):
        yield


def refused_spend(points=7):
    """The refusal of a spend, by a rate of 100 to 99,999 points in steps of 100."""
    bands = [BurnBand(floor=100, ceiling=99_999, step=100)]
    with pytest.raises(Refusal) as refused:
        check_spend(bands=bands, points=points)
    return refused.value


def test_a_browser_gets_the_admin_in_its_language(client, db):
    page = client.get("/admin/login/", headers=GERMAN)
    assert page.headers["Content-Language"] == "de"
    assert "Anmelden" in page.content.decode()
    page = client.get("/admin/login/", headers={"accept-language": "fr"})
    assert "Log in" in page.content.decode()


def test_the_language_that_was_chosen_is_remembered(admin_client):
    page = admin_client.get("/admin/").content.decode()
    assert 'action="/admin/language/"' in page
    chosen = {"language": "de", "next": "/admin/"}
    assert admin_client.post("/admin/language/", chosen).status_code == 302
    page = admin_client.get("/admin/", headers={"accept-language": "en"})
    assert 'lang="de"' in page.content.decode()
    cookie = admin_client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["max-age"] == settings.LANGUAGE_COOKIE_AGE


@pytest.mark.django_db
def test_the_api_is_english_even_after_a_german_page(client):
    shop = make_shop("Shop")
    caller = api_client(shop.unit)
    client.get("/admin/login/", headers=GERMAN)
    body = {"points": 99_900, "reference": "too-much"}
    address = f"/api/v1/cards/{shop[Card].uuid}/spend/"
    answer = caller.post(address, body, headers=GERMAN)
    assert answer.json()["message"] == "The card has 100 active points, not 99,900."
    assert "Accept-Language" not in answer.headers.get("Vary", "")


@pytest.mark.django_db
def test_what_is_written_is_english_whatever_its_reader_speaks(german):
    (card,) = make_cards(1)
    job = ask([card])
    shut(card, "blocked card", now=NOW)
    job = jobs.run_now(job=job, clock=clock)  # as a page does with a few buckets
    assert job.refused == 1
    said = JobRefusal.objects.get(job=job).message
    assert said == f"Card {card.code} is blocked."


def test_a_refusal_is_put_into_the_words_of_its_reader(german):
    refusal = refused_spend()
    assert refusal.message == (
        "7 points cannot be spent: spend 100 to 99,999 points in steps of 100."
    )
    assert sentences.in_words(refusal) == (
        "7 Punkte können nicht eingelöst werden. "
        "Möglich sind: 100 bis 99.999 Punkte in Schritten von 100."
    )


def test_of_several_sentences_one_is_meant():
    spans = [Sentence("%(floor)s points", {"floor": floor}) for floor in (1, 1000)]
    assert Sentence("Spend %(spans)s.", {"spans": spans}).put() == (
        "Spend 1 points, or 1,000 points."
    )


def test_german_writes_numbers_and_dates_in_its_own_way(german):
    assert sentences.points(1234) == "1.234 Punkte"
    at = datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert sentences.moment(at, ZoneInfo("UTC")) == "26.11.2026, 15:00 (UTC)"
    assert date_format(at, "DATETIME_FORMAT") == "26.11.2026, 15:00:00 UTC"


@pytest.mark.django_db
def test_staff_read_a_refusal_in_their_language(admin_client):
    shop = make_shop("Shop")
    admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    address = opened(admin_client, shop[Card], "debit")
    page = shown(admin_client, address, points="1000000").content.decode()
    assert "Die Karte hat 100 aktive Punkte, nicht 1.000.000." in page
