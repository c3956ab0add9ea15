"""Finding: by every value staff are given, within their units, by an index."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.query import QuerySet
from django.urls import reverse

from accounts.models import Card, Member
from accounts.tests.factories import CardFactory, IdentityFactory
from loyalty.roles import VIEWER
from loyalty.tests.staff_pages import NOW, make_shop
from schemes.models import UnitAccess
from schemes.tests.admin_forms import admin_url, sql_of
from schemes.tests.factories import UnitFactory
from transactions import ledger
from transactions.admin.finding import MOST_HITS, find
from transactions.ledger import Cause, Order
from transactions.models import Bucket, Transaction

pytestmark = pytest.mark.django_db

FIND = "/admin/find/"


@pytest.fixture
def mine(db):
    shop = make_shop("Mine")
    member = shop[Member]
    IdentityFactory(member=member, type="EMAIL", value="Ada@Example.com")
    IdentityFactory(member=member, type="PHONE", value="+447700900163")
    ledger.credit(
        card=shop[Card], points=5, cause=Cause(reference="TILL-7-42"), now=NOW
    )
    return shop


@pytest.fixture
def theirs(db):
    return make_shop("Theirs")


@pytest.fixture
def browser(staff_client, mine):
    return staff_client(VIEWER, mine.unit)


def values_of(shop) -> dict[str, tuple[str, str]]:
    """By every kind of value: one of the shop, and where it leads."""
    member, card = shop[Member], shop[Card]
    page = admin_url(member)
    order = f"{page}?order={shop[Transaction].order_reference}#happened"
    return {
        "card number": (card.code, f"{page}?card={card.pk}"),
        "e-mail": ("ada@example.COM", page),
        "phone": ("+447700900163", page),
        "external id": (member.external_id, page),
        "order": (shop[Transaction].order_reference, order),
        "reference": (
            "TILL-7-42",
            admin_url(Transaction(pk=card.transactions.latest("pk").pk)),
        ),
        "member's uuid": (str(member.uuid), page),
        "card's uuid": (str(card.uuid).upper(), f"{page}?card={card.pk}"),
        "transaction's uuid": (
            str(shop[Transaction].uuid),
            admin_url(shop[Transaction]),
        ),
        "bucket's uuid": (shop[Bucket].uuid.hex, admin_url(shop[Bucket])),
    }


KINDS = (
    "card number",
    "e-mail",
    "phone",
    "external id",
    "order",
    "reference",
    "member's uuid",
    "card's uuid",
    "transaction's uuid",
    "bucket's uuid",
)


# --- What is found --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_thing_is_opened_at_once(browser, mine, kind):
    value, address = values_of(mine)[kind]
    answer = browser.get(FIND, {"q": f"  {value} "})
    assert answer.status_code == 302
    assert answer.url == address
    assert browser.get(answer.url).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_another_unit_s_is_not_found(staff_client, mine, theirs, kind):
    value, _address = values_of(mine)[kind]
    for stranger in (staff_client(VIEWER, theirs.unit), staff_client(VIEWER)):
        page = stranger.get(FIND, {"q": value})
        assert page.status_code == 200
        assert page.context["hits"] == []
        assert find(stranger.user, value) == []


def test_a_member_is_found_once_however_many_values_say_so(browser, mine):
    IdentityFactory(member=mine[Member], value=mine[Card].code)
    hits = find(browser.user, mine[Card].code)
    assert [hit.title for hit in hits] == ["Mine Ada"]
    assert "card Mine-card" in hits[0].description


def test_a_transaction_that_is_called_as_its_order_is_found_with_it(browser, mine):
    order, cause = Order(reference="S-9", amount=900), Cause(reference="S-9")
    ledger.earn(card=mine[Card], order=order, cause=cause, now=NOW)
    assert [hit.title for hit in find(browser.user, "S-9")] == ["Order S-9"]


def test_several_things_are_listed_and_named(staff_client, mine, theirs):
    both = staff_client(VIEWER, mine.unit, theirs.unit)
    for shop in (mine, theirs):
        order = Order(reference="4711", amount=5_000)
        ledger.earn(card=shop[Card], order=order, now=NOW)
    CardFactory(definition=mine[Card].definition, code="4711", member__name="Bob")
    page = both.get(FIND, {"q": "4711"})
    assert page.status_code == 200
    assert [hit.title for hit in page.context["hits"]] == [
        "Bob",
        "Order 4711",
        "Order 4711",
    ]
    text = page.content.decode()
    assert "3 things have this value" in text
    for hit in page.context["hits"]:
        assert hit.link.replace("&", "&amp;") in text


def test_nothing_found_says_what_can_be_searched(browser):
    text = browser.get(FIND, {"q": "<b>nobody"}).content.decode()
    assert "Nothing has the value “&lt;b&gt;nobody”." in text
    for word in ("card number", "e-mail", "phone", "external id", "order", "uuid"):
        assert word in text
        assert word in browser.get(FIND).content.decode()


@pytest.mark.parametrize("value", ["", "   ", "\x00", "x" * 5_000, "%", "ada", "'--"])
def test_nonsense_finds_nothing(browser, value):
    page = browser.get(FIND, {"q": value})
    assert page.status_code == 200
    assert page.context["hits"] == []
    assert browser.get("/admin/search/", {"s": value}).status_code == 200


def test_an_empty_order_reference_finds_no_rows_without_one(browser, mine):
    assert Transaction.objects.filter(order_reference="").exists()
    assert find(browser.user, "") == []


# --- Where from -----------------------------------------------------------------------


def test_every_page_has_the_field(browser, mine):
    for address in (
        reverse("admin:index"),
        admin_url(mine[Card]),
        admin_url(mine[Member], "changelist"),
        FIND,
    ):
        text = browser.get(address).content.decode()
        assert f'action="{FIND}"' in text
        assert 'name="q"' in text


def test_strangers_are_sent_to_the_log_in(client, mine):
    for address in (FIND, "/admin/search/"):
        answer = client.get(address, {"q": "Mine-card", "s": "Mine-card"})
        assert answer.url.startswith(reverse("admin:login"))
    assert FIND not in client.get(reverse("admin:login")).content.decode()


def test_the_palette_lists_what_is_found_and_pages(browser, mine):
    def listed(text):
        page = browser.get("/admin/search/", {"s": text, "extended": 1})
        return re.findall(r'href="([^"]+)"', page.content.decode())

    card = mine[Card]
    assert listed(card.code) == [f"{admin_url(card.member)}?card={card.pk}"]
    assert listed("membe") == [admin_url(Member(), "changelist")]
    assert listed("nobody") == []
    assert reverse("admin:search") == "/admin/search/"


def test_the_palette_remembers_nothing_of_what_it_found(browser, mine):
    def listed():
        page = browser.get("/admin/search/", {"s": mine[Card].code, "extended": 1})
        return "Mine Ada" in page.content.decode()

    assert listed()
    UnitAccess.objects.filter(user=browser.user).delete()
    assert not listed()


def test_who_may_not_see_a_kind_of_thing_does_not_find_it(staff_client, mine):
    unit = mine.unit
    for permission, found in (
        ("accounts.view_member", {"external id", "member's uuid"}),
        ("transactions.view_bucket", {"bucket's uuid"}),
        ("transactions.view_transaction", {"transaction's uuid", "reference"}),
        ("accounts.view_card", set()),
    ):
        user = staff_client("", unit, permissions=[permission]).user
        hits = {
            kind for kind, (value, _to) in values_of(mine).items() if find(user, value)
        }
        assert hits == found, permission


# --- Speed ----------------------------------------------------------------------------


def test_a_search_takes_as_many_queries_for_twenty_units_as_for_one(staff_client, mine):
    one = staff_client(VIEWER, mine.unit)
    units = [UnitFactory() for _number in range(20)]
    many = staff_client(VIEWER, mine.unit, *units)
    for number in range(30):
        card = CardFactory(definition=mine[Card].definition)
        IdentityFactory(member=card.member)
        order = Order(reference="SAME", amount=1_000 + number)
        ledger.earn(card=card, order=order, now=NOW)
    assert len(find(many.user, "SAME")) == MOST_HITS
    for text in ("SAME", str(uuid4()), "nobody"):
        few = len(sql_of(one, f"{FIND}?q={text}"))
        assert len(sql_of(many, f"{FIND}?q={text}")) == few <= 14


def test_every_look_up_is_answered_by_an_index(staff_client, mine, monkeypatch):
    """No statement reads a table of customers or points from end to end."""
    plans = []
    user = staff_client(VIEWER, mine.unit).user
    fetch = QuerySet._fetch_all

    def explained(rows):
        if rows._result_cache is None and rows.model in {
            Member,
            Card,
            Bucket,
            Transaction,
        }:
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    # Small tables are read whole, unless that is forbidden.
                    cursor.execute("SET LOCAL enable_seqscan = off")
            plans.append(rows.explain())
        fetch(rows)

    monkeypatch.setattr(QuerySet, "_fetch_all", explained)
    for value, _address in values_of(mine).values():
        find(user, value)
    assert len(plans) > 20
    for plan in plans:
        scans = re.findall(
            r"SCAN (\w+)|Seq Scan on (\w+)", plan.replace("SCAN CONSTANT ROW", "")
        )
        scanned = {name for pair in scans for name in pair if name}
        assert not {name for name in scanned if name.startswith(("acc", "tra"))}, plan


def test_superusers_find_what_is_of_any_unit(admin_client, mine, theirs):
    for shop in (mine, theirs):
        member = shop[Member]
        found = admin_client.get(FIND, {"q": member.external_id})
        assert found.url == admin_url(member)
