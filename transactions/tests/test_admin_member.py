"""The member's page: what each card holds, held and will hold, and all that happened."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Card
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from loyalty.tests.staff_pages import make_shop
from schemes.tests.admin_forms import admin_url, filled_in, sql_of
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger
from transactions.admin.bucket_line import state_of
from transactions.admin.timeline import MOST_BUCKETS, PAGE
from transactions.ledger import BatchVerb, Cause, Order, Row
from transactions.models import Bucket, Transaction

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 20, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def card(recipe_card, now):
    """The recipe's card: an order, a spend of some of it, and another order."""
    IdentityFactory(member=recipe_card.member, value="ada@example.com")
    cause = Cause(actor="client:till", reference="T-1")
    order = Order(reference="A-1", amount=412_345)
    ledger.earn(card=recipe_card, order=order, cause=cause, now=now)
    cause = Cause(actor="staff:anna", reason="A gift")
    ledger.spend(
        card=recipe_card, points=1_100, reward="Cup", cause=cause, now=now + 6 * DAY
    )
    order = Order(reference="A/2 &", amount=50_000)
    ledger.earn(card=recipe_card, order=order, now=now + 7 * DAY)
    return recipe_card


@pytest.fixture
def browser(staff_client, card):
    return staff_client("Viewer", card.member.unit)


def text_of(browser, member, **query):
    page = browser.get(admin_url(member), query)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def grid(card, rows, *, verb, now, **arguments):
    """Many calls of one verb at once."""
    call = Row(verb=verb, card_id=card.pk, arguments=arguments)
    outcomes = ledger.batch(rows=[call] * rows, now=now)
    assert not [each.refusal for each in outcomes if each.refusal]


# --- Reading --------------------------------------------------------------------------


def test_the_page_begins_with_who_it_is_and_what_each_card_holds(browser, card):
    text = text_of(browser, card.member)
    for told in (
        card.member.external_id,
        "ada@example.com",
        card.code,
        ">3,023<",
        ">500<",
        "As of 20 Jun 2025, 15:00:00 BST, Europe/London",
        "22 Jun 2025, 15:00:00",
        "1 Jan 2026, 00:00:00",
    ):
        assert told in text, told


def test_what_happened_is_told_with_its_cause_and_the_balance_after_it(browser, card):
    text = text_of(browser, card.member)
    lines = text[text.index('id="lines"') :]
    assert re.findall(r'data-balance="(-?\d+)"', lines) == ["3023", "3023", "4123", "0"]
    for told in (
        "Order A-1",
        "Reference T-1",
        "client:till",
        "staff:anna",
        "A gift",
        "Cup",
        ">-1,100<",
        ">+4,123<",
        "its date",
        "and 4,123 pending",
        "1,100 from the bucket of 4,123",
    ):
        assert told in lines, told
    bucket = Bucket.objects.get(card=card, order_reference="A-1")
    spend = Transaction.objects.get(card=card, type="POINTS_SPENT_ON_REWARD")
    assert admin_url(bucket) in lines
    assert admin_url(spend) in lines
    assert "order=A/2%20%26" in lines or "order=A%2F2%20%26" in lines


def test_the_picture_has_a_bar_for_each_bucket_and_says_so(browser, card):
    text = text_of(browser, card.member)
    picture = text[text.index('<svg width="100%"') : text.index('id="buckets"')]
    assert '<title id="picture-title">' in picture
    assert "2 buckets, each from the day" in picture
    for bucket in card.buckets.all():
        assert admin_url(bucket) in picture
    assert re.findall(r'data-state="(\w+)"', picture) == ["ACTIVE", "PENDING"]
    assert "3,023 of 4,123 points left, active. Earned 10 Jun 2025, 15:00:00" in picture
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", picture)
    assert "chosen" not in picture
    assert "the date that was chosen" in text_of(
        browser, card.member, card=card.pk, date="2025-06-12"
    )


def test_a_bucket_leads_to_its_order_and_the_transaction_that_made_it(browser, card):
    text = text_of(browser, card.member)
    table = text[text.index('id="buckets"') : text.index('id="balance-on"')]
    for bucket in card.buckets.all():
        made = bucket.transactions.get(type="PENDING_POINTS_ADDED")
        assert admin_url(made) in table
    assert f"?card={card.pk}&amp;order=A-1#happened" in table


def test_an_order_leads_to_all_that_happened_with_it(browser, card):
    text = text_of(browser, card.member, order="A-1")
    lines = text[text.index('id="lines"') :]
    assert lines.count('data-label="When"') == 2
    assert "Pending points activated" in lines
    assert "In all it moved 4,123 active and 0 pending points." in text
    assert text_of(browser, card.member, order="A/2 &").count('data-label="When"') == 1
    assert text_of(browser, card.member, order="none").count('data-label="When"') == 0


@pytest.mark.parametrize(
    ("date", "time", "active", "pending"),
    [
        ("2025-06-09", "", "0", "0"),
        # The order was at 15:00 in London.
        ("2025-06-10", "14:59", "0", "0"),
        ("2025-06-10", "15:00", "0", "4,123"),
        ("2025-06-10", "", "0", "4,123"),
        ("2025-06-15", "", "4,123", "0"),
        ("2025-06-16", "15:00", "3,023", "0"),
        ("2025-06-22", "14:59:59", "3,023", "500"),
        ("2025-06-22", "", "3,523", "0"),
        ("2025-12-31", "", "3,523", "0"),
        ("2026-01-01", "00:00", "0", "0"),
        ("8999-12-31", "", "0", "0"),
        ("1970-01-01", "00:00", "0", "0"),
    ],
)
def test_the_balance_on_any_day_is_what_the_ledger_says(
    browser, card, date, time, active, pending
):
    text = text_of(browser, card.member, date=date, time=time)
    then = text[text.index('id="balance-then"') : text.index('id="happened"')]
    figures = re.findall(r"text-2xl [^>]*>([^<]*)<", then)
    assert figures == [active, pending]
    assert "Europe/London" in then
    assert ("if nothing else happens" in then) == (date > "2025-06-20")


@pytest.mark.parametrize(
    "query",
    [
        {"date": "nonsense"},
        {"date": ""},
        {"date": "9999-12-31"},
        {"date": "0001-01-01"},
        {"date": "2025-06-10", "time": "25:00"},
    ],
)
def test_a_date_that_is_none_is_said_beside_the_field(browser, card, query):
    text = text_of(browser, card.member, **query)
    assert 'id="balance-then"' not in text
    assert 'role="alert"' in text
    assert f'value="{query["date"]}"' in text or not query["date"]


def test_nonsense_in_the_address_shows_the_page_as_it_is(browser, card):
    for query in (
        {"card": "x"},
        {"card": "9" * 400},
        {"before": "9" * 400},
        {"before": "-1"},
        {"before": "\u0661"},
        {"order": "\x00"},
        {"order": "x" * 5_000},
    ):
        text = text_of(browser, card.member, **query)
        assert card.code in text, query


def test_a_late_sweep_changes_no_figure_and_is_said(browser, card):
    with time_machine.travel(NOW + 3 * DAY, tick=False):
        text = text_of(browser, card.member)
    assert ">3,523<" in text
    assert "dates have moved 500 active and -500 pending points" in text
    assert 'id="unwritten"' not in text_of(browser, card.member)


def test_a_hold_is_shown_as_held(browser, card):
    ledger.hold(card=card, points=100, until=NOW + DAY, now=NOW)
    text = text_of(browser, card.member)
    assert "Of the active: held" in text
    assert "(-100)" in text


def test_what_a_bucket_is_is_told_by_its_dates(card):
    bucket = Bucket.objects.get(card=card, order_reference="A/2 &")
    moments = [(0, "PENDING"), (2, "ACTIVE"), (400, "EXPIRED")]
    for days, state in moments:
        assert state_of(bucket, at=NOW + days * DAY) == state
    ledger.cancel(bucket=bucket, now=NOW)
    bucket.refresh_from_db()
    assert state_of(bucket, at=NOW) == "CANCELED"


# --- Several cards, and none ----------------------------------------------------------


def test_each_card_is_shown_and_one_is_chosen(browser, card):
    definition = CardDefinitionFactory(scheme=card.definition.scheme)
    other = CardFactory(definition=definition, member=card.member, code="OTHER-1")
    ledger.credit(card=other, points=77, now=NOW)
    text = text_of(browser, card.member)
    assert "OTHER-1" in text
    assert ">77<" in text
    assert f"The points of card {card.code} along time" in text
    chosen = text_of(browser, card.member, card=other.pk)
    assert "The points of card OTHER-1 along time" in chosen
    Card.objects.filter(pk=card.pk).update(status="CLOSED")
    assert "The points of card OTHER-1 along" in text_of(browser, card.member)


def test_a_card_of_somebody_else_is_not_chosen(browser, card):
    stranger = CardFactory(definition=card.definition)
    ledger.credit(card=stranger, points=1_234_567, now=NOW)
    text = text_of(browser, card.member, card=stranger.pk)
    assert "1,234,567" not in text
    text = text_of(browser, card.member, before=stranger.transactions.get().pk)
    assert "1,234,567" not in text


def test_a_member_without_a_card_says_how_to_open_one(staff_client):
    member = MemberFactory()
    viewer = text_of(staff_client("Viewer", member.unit), member)
    assert "This member has no card yet." in viewer
    assert "/admin/accounts/card/add/" not in viewer
    agent = staff_client("Agent", member.unit)
    text = text_of(agent, member)
    address = f"/admin/accounts/card/add/?member={member.pk}"
    assert address in text
    assert member.name in agent.get(address).content.decode()


def test_a_card_on_which_nothing_happened_says_how_points_come(staff_client):
    card = CardFactory()
    text = text_of(staff_client("Viewer", card.member.unit), card.member)
    assert "Nothing has happened on this card yet." in text
    assert 'id="picture"' not in text


# --- Who ------------------------------------------------------------------------------


def test_the_page_of_another_unit_s_member_is_not_there(staff_client, card):
    stranger = staff_client("Agent", make_shop("Theirs").unit)
    for query in ("", "?card=1", "?order=A-1", "?date=2025-06-10"):
        address = admin_url(card.member) + query
        answer = stranger.get(address)
        absent = stranger.get(admin_url(type(card.member)(pk=10**9)) + query)
        assert answer.status_code == absent.status_code
        assert answer.headers.get("Location") == absent.headers.get("Location")
        assert b"ada@example.com" not in answer.content


def test_who_may_not_see_cards_or_what_happened_does_not(staff_client, card):
    unit = card.member.unit
    nobody = staff_client("", unit, permissions=["accounts.view_member"])
    text = text_of(nobody, card.member, order="A-1", card=card.pk)
    for hidden in (card.code, "ada@example.com", "3,023", "A-1 ", 'id="lines"'):
        assert hidden not in text, hidden
    some = ["accounts.view_member", "accounts.view_card"]
    text = text_of(staff_client("", unit, permissions=some), card.member)
    assert "3,023" in text
    assert 'id="picture"' not in text
    assert 'id="lines"' not in text


def test_the_buttons_are_those_that_the_reader_may_press(staff_client, card):
    unit = card.member.unit
    bucket = Bucket.objects.get(card=card, order_reference="A/2 &")
    spend = Transaction.objects.get(card=card, type="POINTS_SPENT_ON_REWARD")
    addresses = (
        f"{admin_url(card).removesuffix('change/')}credit/",
        f"{admin_url(bucket).removesuffix('change/')}cancel/",
        f"{admin_url(spend).removesuffix('change/')}give_back/",
    )
    agent = text_of(staff_client("Agent", unit), card.member)
    viewer = text_of(staff_client("Viewer", unit), card.member)
    for address in addresses:
        assert address in agent
        assert address not in viewer


def test_the_details_are_still_changed_here(staff_client, card):
    agent = staff_client("Agent", card.member.unit)
    page = agent.get(admin_url(card.member))
    assert agent.post(admin_url(card.member), filled_in(page, {"name": "Eve"})).url
    card.member.refresh_from_db()
    assert card.member.name == "Eve"
    refused = agent.post(
        admin_url(card.member), filled_in(page, {"metadata": "no JSON"})
    )
    assert refused.status_code == 200
    assert card.code in refused.content.decode()


# --- Size -----------------------------------------------------------------------------


@pytest.fixture
def long_life(simple_card):
    """A card with 500 buckets and 5,000 transactions."""
    past = NOW - 400 * DAY
    grid(simple_card, 500, verb=BatchVerb.CREDIT, now=past, points=20)
    for number in range(9):
        then = past + number * DAY
        grid(simple_card, 500, verb=BatchVerb.DEBIT, now=then, points=1)
    assert simple_card.transactions.count() == 5_000
    return simple_card


def test_a_long_life_is_told_page_by_page_in_as_many_queries_as_a_short_one(
    staff_client, card, long_life
):
    browser = staff_client(
        "Agent", card.member.unit, long_life.member.unit, username="both"
    )
    for query in ("", f"?date={NOW - 300 * DAY:%Y-%m-%d}", "?order=A-1"):
        short = sql_of(browser, admin_url(card.member) + query)
        long = sql_of(browser, admin_url(long_life.member) + query)
        assert len(long) <= len(short) <= 26, query
    # Page by page, and the picture says what it leaves out.
    text = text_of(browser, long_life.member)
    assert text.count('data-label="When"') == PAGE
    assert text.count("data-state=") == MOST_BUCKETS
    assert "440 more buckets are not shown." in text
    balances = [int(each) for each in re.findall(r'data-balance="(-?\d+)"', text)]
    assert balances == list(range(5_500, 5_500 + PAGE))
    older = re.search(r'href="\?card=\d+&amp;before=(\d+)#happened"', text)
    assert older
    text = text_of(browser, long_life.member, before=older.group(1))
    balances = [int(each) for each in re.findall(r'data-balance="(-?\d+)"', text)]
    assert balances == list(range(5_500 + PAGE, 5_500 + 2 * PAGE))
    assert "Newest" in text
