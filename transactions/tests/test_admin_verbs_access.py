"""Who meets which verb: buttons and pages by permission, unit, and the row's state."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.roles import AGENT, FINANCE, MANAGER, VIEWER
from schemes.tests.admin_forms import admin_url, sql_of
from transactions import ledger
from transactions.admin.verbs import offers
from transactions.admin.verbs.catalogue import VERBS
from transactions.balances import balance
from transactions.models import Transaction
from transactions.tests.helpers import everything, shut
from transactions.tests.verb_pages import (
    REASON,
    address_of,
    confirmed,
    done,
    messages_of,
    opened,
    shown,
)
from transactions.tests.verbs import NOW, stage

pytestmark = pytest.mark.django_db

# Of each verb, as its address is named: on what, and the permission that it takes.
PERMISSIONS = {
    "credit": ("card", "accounts.adjust_points"),
    "debit": ("card", "accounts.adjust_points"),
    "refund_order": ("card", "accounts.refund_order"),
    "block": ("card", "accounts.block_card"),
    "unblock": ("blocked", "accounts.block_card"),
    "close": ("card", "accounts.block_card"),
    "reopen": ("closed", "accounts.block_card"),
    "replace": ("card", "accounts.replace_card"),
    "activate": ("waiting", "transactions.activate_bucket"),
    "cancel": ("waiting", "transactions.cancel_bucket"),
    "reschedule": ("waiting", "transactions.reschedule_bucket"),
    "expire": ("active", "transactions.expire_bucket"),
    "give_back": ("spend", "transactions.give_back_spend"),
    "refund_order of a transaction": ("earned", "accounts.refund_order"),
    "release": ("held", "transactions.give_back_spend"),
}
KEY = "00000000-0000-4000-8000-000000000000"
ASKED = {
    "reason": REASON,
    "points": "5",
    "order_reference": "A-1",
    "code": "777",
    "activates_at": "2025-07-01T10:00:00",
    "expires_at": "2025-08-01T00:00:00",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The doors' clock, stopped at the stage's moment."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def on(db):
    on = stage()
    on.blocked = CardFactory(definition=on.card.definition, status="BLOCKED")
    on.closed = CardFactory(definition=on.card.definition, status="CLOSED")
    on.earned = Transaction.objects.get(bucket=on.waiting)
    return on


@pytest.fixture
def unit(on):
    return on.card.member.unit


@pytest.fixture(params=PERMISSIONS)
def case(request):
    return request.param


def row_and_verb(on, case):
    return getattr(on, PERMISSIONS[case][0]), case.split()[0]


def leads(client, row, verb):
    """Whether the row's page has a button that leads to the verb."""
    page = client.get(admin_url(row))
    assert page.status_code == 200
    return f'href="{address_of(row, verb)}"' in page.content.decode()


def test_the_cases_are_all_verbs():
    assert len(PERMISSIONS) == sum(len(verbs) for verbs in VERBS.values())


# --- Permissions ----------------------------------------------------------------------


def test_without_its_permission_a_verb_has_no_button_and_no_page(
    on, unit, case, staff_client
):
    row, verb = row_and_verb(on, case)
    before = everything()
    for role in (VIEWER, FINANCE):
        client = staff_client(role, unit)
        assert not leads(client, row, verb)
        address = address_of(row, verb, key=KEY)
        assert client.get(address_of(row, verb)).status_code == 403
        assert client.get(address).status_code == 403
        for step in ("_check", "_confirm", "_edit"):
            data = {**ASKED, step: "1"}
            assert client.post(address, data).status_code == 403
    assert everything() == before


def test_its_permission_and_no_other_gives_a_verb_its_button_and_page(
    on, unit, case, staff_client
):
    row, verb = row_and_verb(on, case)
    permission = PERMISSIONS[case][1]
    client = staff_client(VIEWER, unit, permissions=[permission])
    assert leads(client, row, verb)
    assert client.get(opened(client, row, verb)).status_code == 200
    others = {each for _, each in PERMISSIONS.values()} - {permission}
    without = staff_client(VIEWER, unit, permissions=others)
    assert not leads(without, row, verb)
    assert without.get(address_of(row, verb)).status_code == 403


def test_a_verb_is_nothing_for_who_may_not_see_the_row(on, unit, case, staff_client):
    row, verb = row_and_verb(on, case)
    client = staff_client("", unit, permissions=[PERMISSIONS[case][1]])
    assert client.get(address_of(row, verb)).status_code == 403


def test_the_agent_does_all_but_expire(on, unit, case, staff_client):
    row, verb = row_and_verb(on, case)
    assert leads(staff_client(AGENT, unit), row, verb) == (case != "expire")
    assert leads(staff_client(MANAGER, unit), row, verb)


def test_strangers_are_sent_to_the_log_in(on, case, client):
    row, verb = row_and_verb(on, case)
    for method in (client.get, client.post):
        assert "/login/" in method(address_of(row, verb, key=KEY)).url


# --- Units ----------------------------------------------------------------------------


def test_another_unit_s_row_is_not_there(on, case, staff_client):
    row, verb = row_and_verb(on, case)
    elsewhere = stage()
    client = staff_client(MANAGER, elsewhere.card.member.unit)
    before = everything()
    nothing = type(row)(pk=10**9)
    for each in (row, nothing):
        address = address_of(each, verb, key=KEY)
        assert client.get(address).status_code == 404
        for step in ("_check", "_confirm"):
            assert client.post(address, {**ASKED, step: "1"}).status_code == 404
    assert everything() == before


def test_an_id_that_is_none_is_not_there(on, unit, staff_client):
    client = staff_client(MANAGER, unit)
    for wrong in ("x", "9" * 400, "1%00"):
        for app, model, verb in (
            ("accounts", "card", "credit"),
            ("transactions", "bucket", "cancel"),
            ("transactions", "transaction", "give_back"),
        ):
            answer = client.get(f"/admin/{app}/{model}/{wrong}/{verb}/")
            assert answer.status_code == 404, (wrong, model)


# --- States ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("active", "activate"),
        ("active", "cancel"),
        ("waiting", "expire"),
        ("earned", "give_back"),
        ("earned", "release"),
        ("spend", "release"),
        ("held", "give_back"),
        ("spend", "refund_order"),
        ("card", "unblock"),
        ("blocked", "block"),
        ("blocked", "credit"),
        ("blocked", "debit"),
        ("blocked", "refund_order"),
        ("blocked", "reopen"),
        ("closed", "close"),
        ("closed", "block"),
        ("closed", "unblock"),
        ("closed", "replace"),
        ("closed", "credit"),
    ],
)
def test_what_the_state_does_not_allow_has_no_button_and_says_why(
    on, unit, staff_client, name, verb
):
    client, row = staff_client(MANAGER, unit), getattr(on, name)
    assert not leads(client, row, verb)
    before = everything()
    for step in ("", "_check", "_confirm"):
        address = address_of(row, verb, key=KEY)
        data = {**ASKED, step: "1"}
        answer = client.post(address, data) if step else client.get(address)
        assert answer.url == admin_url(row)
        assert messages_of(answer)[-1]
    assert everything() == before


def test_a_page_says_why_something_cannot_be_done_now(on, unit, staff_client):
    page = staff_client(MANAGER, unit).get(admin_url(on.active)).content.decode()
    assert "Only for points that are pending" in page
    page = staff_client(VIEWER, unit).get(admin_url(on.active)).content.decode()
    assert "Only for points that are pending" not in page


def test_what_is_shut_can_be_opened_again_and_little_else(on, unit, staff_client):
    client = staff_client(MANAGER, unit)
    for row, offered in (
        (on.blocked, {"unblock", "replace", "close"}),
        (on.closed, {"reopen"}),
    ):
        verbs = [each.name for each in VERBS[Card]]
        assert {verb for verb in verbs if leads(client, row, verb)} == offered
        page = client.get(admin_url(row)).content.decode()
        assert f"Card {row.code} is {row.status.lower()}." in page


def test_what_was_given_back_is_not_offered_again(on, unit, staff_client):
    client = staff_client(AGENT, unit)
    ledger.give_back(spend=on.spend, points=60, now=NOW)
    assert leads(client, on.spend, "give_back")
    ledger.give_back(spend=on.spend, now=NOW)
    assert not leads(client, on.spend, "give_back")
    answer = client.get(address_of(on.spend, "give_back", key=KEY))
    assert "given back already" in messages_of(answer)[-1]


def test_points_that_are_due_no_longer_wait_though_no_sweep_has_come(
    on, unit, staff_client, monkeypatch
):
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=31))
    client = staff_client(AGENT, unit)
    assert on.waiting.status == "PENDING"
    assert not leads(client, on.waiting, "activate")


# --- Refusals -------------------------------------------------------------------------


def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(
    on, unit, staff_client
):
    client = staff_client(MANAGER, unit)
    before = everything()
    for row, verb, asked, field in (
        (on.card, "debit", {"points": "99999"}, "points"),
        (on.card, "debit", {"points": "0"}, "points"),
        (on.card, "debit", {"points": "9" * 30}, "points"),
        (on.card, "credit", {"points": "1.5"}, "points"),
        (on.card, "credit", {"points": "1", "valid_to": "2020-01-01T00:00"}, None),
        (on.card, "credit", {"points": "1", "valid_to": "31.12.2026"}, "valid_to"),
        (
            on.card,
            "credit",
            {"points": "1", "waits": "on", "valid_from": "2026-01-01T00:00"},
            "valid_from",
        ),
        (on.card, "refund_order", {"order_reference": "none"}, "order_reference"),
        (
            on.card,
            "refund_order",
            {"order_reference": "A-1", "points": "501"},
            "points",
        ),
        (
            on.card,
            "refund_order",
            {"order_reference": "A-1", "points": "1", "amount": "1"},
            "points",
        ),
        (on.waiting, "cancel", {"points": "501"}, "points"),
        (on.spend, "give_back", {"points": "101"}, "points"),
        (on.waiting, "reschedule", {"expires_at": "2020-01-01T00:00"}, "expires_at"),
        (on.waiting, "reschedule", {}, "__all__"),
        (on.card, "replace", {"code": on.card.code}, "code"),
        (on.card, "replace", {"code": on.blocked.code}, "code"),
        (on.card, "replace", {"code": "a\x00b"}, "code"),
    ):
        page = shown(client, opened(client, row, verb), **asked)
        assert page.status_code == 200, (verb, asked)
        assert page.context["effect"] is None, (verb, asked)
        errors = page.context["form"].errors
        assert errors, (verb, asked)
        assert field is None or list(errors) == [field], (verb, asked, errors)
        assert REASON in page.content.decode()
    assert everything() == before


def test_a_reason_must_be_given(on, unit, case, staff_client):
    row, verb = row_and_verb(on, case)
    client = staff_client(MANAGER, unit)
    address = opened(client, row, verb)
    before = everything()
    for reason in ("", "   ", "x" * 501):
        for step in ("_check", "_confirm"):
            page = client.post(address, {**ASKED, "reason": reason, step: "1"})
            assert "reason" in page.context["form"].errors
    assert everything() == before


def test_a_refusal_in_the_last_moment_is_shown_and_nothing_is_done(
    on, unit, staff_client, monkeypatch
):
    client = staff_client(MANAGER, unit)
    address = opened(client, on.card, "credit")
    page = shown(client, address, points="5")
    # Shut between the page's own look and the ledger's.
    from transactions.admin.verbs.on_cards import Credit

    monkeypatch.setattr(Credit, "why_not", lambda *_, **__: "")
    shut(on.card, "blocked card", now=NOW)
    before = everything()
    answer = confirmed(client, address, page, points="5")
    assert "is blocked" in str(answer.context["form"].non_field_errors())
    assert everything() == before


def test_what_was_typed_can_be_changed_after_it_was_shown(on, unit, staff_client):
    client = staff_client(MANAGER, unit)
    address = opened(client, on.card, "credit")
    page = client.post(address, {"points": "5", "reason": REASON, "_edit": "1"})
    assert page.context["effect"] is None
    text = page.content.decode()
    assert 'value="5"' in text
    assert REASON in text


# --- The card itself ------------------------------------------------------------------


def test_a_card_is_blocked_closed_and_opened_again_and_its_history_says_why(
    on, unit, staff_client
):
    client = staff_client(AGENT, unit)
    for verb, status in (
        ("block", "BLOCKED"),
        ("unblock", "ACTIVE"),
        ("close", "CLOSED"),
        ("reopen", "ACTIVE"),
    ):
        address = opened(client, on.card, verb)
        page = shown(client, address)
        assert Card.objects.get(pk=on.card.pk).status != status
        answer = confirmed(client, address, page)
        assert on.card.code in messages_of(answer)[-1]
        assert Card.objects.get(pk=on.card.pk).status == status
        confirmed(client, address, page)
        assert REASON in LogEntry.objects.latest("pk").get_change_message()
    assert LogEntry.objects.count() == 4
    page = client.get(admin_url(on.card, "history")).content.decode()
    assert page.count(REASON) == 4
    assert "4 entries" in page


def test_who_closes_a_card_is_told_what_is_still_on_it(on, unit, staff_client):
    client = staff_client(AGENT, unit)
    has = balance(card=on.card, at=NOW, now=NOW)
    assert has.held
    page = shown(client, opened(client, on.card, "close"))
    warned = " ".join(page.context["effect"].warnings)
    assert f"still holds {has.active + has.pending:,} points" in warned
    assert f"A spend of {has.held:,} points is under way" in warned
    assert "owes" not in warned
    empty = CardFactory(definition=on.card.definition)
    page = shown(client, opened(client, empty, "close"))
    assert page.context["effect"].warnings == []
    for verb in ("block", "replace"):
        page = shown(client, opened(client, on.card, verb), code="777")
        assert page.context["effect"].warnings == []


def test_a_card_is_replaced_by_another_number_with_all_that_it_has(
    on, unit, staff_client
):
    client, before = staff_client(AGENT, unit), on.card.code
    suggested = client.get(opened(client, on.card, "replace")).context["form"]
    assert len(suggested.initial["code"]) == len(on.card.definition.code_pattern)
    answer = done(client, on.card, "replace", code="4711")
    assert "4711" in messages_of(answer)[-1]
    on.card.refresh_from_db()
    assert on.card.code == "4711" != before
    assert on.card.transactions.count() == 7
    entry = LogEntry.objects.get()
    assert "4711" in entry.get_change_message()
    assert REASON in entry.get_change_message()


# --- Ways back ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "somewhere",
    [
        "https://evil.example/admin/",
        "//evil.example/admin/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/api/v1/",
        "",
    ],
)
def test_nobody_is_led_out_of_the_admin(on, unit, staff_client, somewhere):
    client = staff_client(AGENT, unit)
    address = address_of(on.card, "credit", key=KEY, next=somewhere)
    page = shown(client, address, points="1")
    answer = confirmed(client, address, page, points="1")
    assert answer.url == admin_url(on.card)


def test_one_goes_back_to_the_page_one_came_from(on, unit, staff_client):
    client = staff_client(AGENT, unit)
    came_from = f"/admin/accounts/card/?q={on.card.code}"
    for host, back in (("testserver", came_from), ("evil.example", admin_url(on.card))):
        referer = f"http://{host}{came_from}"
        answer = client.get(address_of(on.card, "credit"), headers={"Referer": referer})
        assert client.get(answer.url).context["back"] == back


# --- How much it takes ----------------------------------------------------------------


def test_offers_ask_nothing_of_the_database(
    on, unit, staff_client, django_assert_num_queries
):
    user = staff_client(MANAGER, unit).user
    user.get_all_permissions()
    card = Card.objects.select_related("member", "definition__scheme").get(
        pk=on.card.pk
    )
    for row in (on.waiting, on.active, on.spend, on.held, on.earned):
        row.card = card
    with django_assert_num_queries(0):
        for row in (card, on.waiting, on.active, on.spend, on.held, on.earned):
            found = offers(user, row, at=NOW, back="/admin/accounts/member/1/change/")
            assert found
            assert all(each.why_not or "next=" in each.url for each in found)


def test_pages_take_as_many_queries_for_thirty_buckets_as_for_some(
    on, unit, staff_client
):
    client = staff_client(MANAGER, unit)
    rows = [(on.card, "credit"), (on.waiting, "activate"), (on.spend, "give_back")]
    addresses = [admin_url(row) for row, _ in rows]
    addresses += [opened(client, row, verb) for row, verb in rows]
    few = [len(sql_of(client, address)) for address in addresses]
    for _ in range(30):
        ledger.credit(card=on.card, points=5, now=NOW)
    assert [len(sql_of(client, address)) for address in addresses] == few
    assert max(few) <= 15, few


def test_a_preview_takes_as_many_queries_for_thirty_buckets_as_for_some(
    on, unit, staff_client, django_assert_max_num_queries
):
    client = staff_client(MANAGER, unit)
    address = opened(client, on.card, "debit")
    with django_assert_max_num_queries(40) as queries:
        assert shown(client, address, points="700").context["effect"]
    few = len(queries)
    for _ in range(30):
        ledger.credit(card=on.card, points=5, now=NOW)
    with django_assert_max_num_queries(few):
        effect = shown(client, address, points="930").context["effect"]
    assert len(effect.buckets) > 20
