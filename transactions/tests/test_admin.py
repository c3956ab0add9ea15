"""The admin as a whole, and its pages of what happened: to read, quick at any size."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from accounts import clients
from accounts.scopes import SCOPES
from accounts.tests.factories import CardFactory, IdentityFactory
from schemes.admin.parts import moment
from schemes.models import CardDefinition, Scheme, Unit
from schemes.tests.admin_forms import admin_url, sql_of
from transactions import jobs, ledger
from transactions.ledger import Cause, Order
from transactions.models import Allocation, Bucket, Job, SweepRun, Transaction

pytestmark = pytest.mark.django_db

LEDGER_ROWS = (Bucket, Transaction, SweepRun)
MODELS = list(admin.site._registry)


def happen(card, now):
    """A grant on the card that is spent, and spent again from two buckets."""
    cause = Cause(actor="staff:anna", reason="A test")
    for number in range(2):
        order = Order(reference=f"{card.code}-{number}", amount=20_000)
        ledger.earn(card=card, now=now, order=order, cause=cause)
    then = now + timedelta(days=6)
    ledger.spend(card=card, points=300, now=then, reward="Cup", cause=cause)
    SweepRun.objects.create(name=SweepRun.Name.EXPIRE_DUE, until=now, started_at=now)


@pytest.fixture
def rows(recipe_card, now):
    """One of everything; returns the card."""
    IdentityFactory(member=recipe_card.member)
    Group.objects.create(name="Tills")
    clients.create_client(
        unit=recipe_card.member.unit, name="Till", scopes=list(SCOPES), now=now
    )
    happen(recipe_card, now)
    jobs.start(
        kind=Job.Kind.EXPORT_MEMBERS,
        unit=recipe_card.member.unit,
        actor="staff:anna",
        now=now,
        parameters={},
    )
    return recipe_card


def first(model):
    return model._default_manager.order_by("pk").first()


# --- The whole site -------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_of_every_model_renders(admin_client, rows, model):
    found = admin_client.get(admin_url(model(), "changelist"))
    assert found.status_code == 200
    may_add = admin.site._registry[model].has_add_permission(found.wsgi_request)
    added = admin_client.get(admin_url(model(), "add"))
    assert added.status_code == (200 if may_add else 403)
    instance = first(model)
    assert instance, "one of everything, please: see the fixture `rows`"
    for page in ("change", "history"):
        assert admin_client.get(admin_url(instance, page)).status_code == 200
    deleted = admin_client.get(admin_url(instance, "delete"))
    assert deleted.status_code in {200, 403}


def test_the_sidebar_leads_to_every_list(admin_client):
    page = admin_client.get(reverse("admin:index")).content.decode()
    for model in LEDGER_ROWS:
        assert f'href="{admin_url(model(), "changelist")}"' in page


def test_the_sidebar_shows_nobody_more_than_they_may_see(client, django_user_model):
    user = django_user_model.objects.create_user("till", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_bucket"))
    client.force_login(user)
    page = client.get(reverse("admin:index")).content.decode()
    assert admin_url(Bucket(), "changelist") in page
    assert admin_url(Transaction(), "changelist") not in page
    assert admin_url(Unit(), "changelist") not in page


def test_strangers_are_sent_to_the_log_in(client, rows):
    for model in (*LEDGER_ROWS, Scheme, Unit, CardDefinition):
        answer = client.get(admin_url(first(model)))
        assert answer.url.startswith(reverse("admin:login"))


# --- Nobody writes --------------------------------------------------------------------


@pytest.mark.parametrize("model", LEDGER_ROWS, ids=lambda model: model.__name__)
def test_nobody_adds_changes_or_deletes_what_happened(admin_client, rows, model):
    instance = first(model)
    before = list(model.objects.order_by("pk").values())
    for page in ("add", "change", "delete"):
        assert admin_client.post(admin_url(instance, page), {}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": instance.pk, "post": "yes"}
    admin_client.post(admin_url(instance, "changelist"), data)
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", [*LEDGER_ROWS, Scheme], ids=lambda m: m.__name__)
def test_who_may_only_look_sees_it_and_changes_nothing(staff_client, rows, model):
    viewer = staff_client("Viewer", rows.member.unit)
    instance = first(model)
    assert viewer.get(admin_url(instance, "changelist")).status_code == 200
    page = viewer.get(admin_url(instance))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    for page in ("add", "change", "delete"):
        assert viewer.post(admin_url(instance, page), {}).status_code == 403


def test_what_carries_points_cannot_be_deleted(admin_client, rows):
    for instance in (
        rows,
        rows.member,
        rows.definition,
        rows.definition.scheme,
        rows.member.unit,
    ):
        for method in (admin_client.get, admin_client.post):
            assert method(admin_url(instance, "delete")).status_code == 403


# --- Finding --------------------------------------------------------------------------


def found(client, model, **query):
    page = client.get(admin_url(model(), "changelist"), query)
    assert page.status_code == 200
    return {row.card_id for row in page.context["cl"].result_list}


@pytest.mark.parametrize("model", [Bucket, Transaction], ids=lambda m: m.__name__)
def test_rows_are_found_by_card_member_and_order(admin_client, rows, now, model):
    happen(CardFactory(definition=rows.definition), now)
    everything = found(admin_client, model)
    assert len(everything) == 2
    for text in (
        rows.code,
        rows.member.external_id,
        rows.member.identities.get().value.upper(),
        f" {rows.code}-1 ",
    ):
        assert found(admin_client, model, q=text) == {rows.pk}, text
    assert found(admin_client, model, q="nothing like it") == set()
    assert found(admin_client, model, card__id__exact=rows.pk) == {rows.pk}


def test_a_transaction_is_found_by_its_reference(admin_client, rows, now):
    cause = Cause(reference="TILL-7-42")
    ledger.credit(card=rows, points=5, now=now + timedelta(days=7), cause=cause)
    happen(CardFactory(definition=rows.definition), now)
    assert found(admin_client, Transaction, q="TILL-7-42") == {rows.pk}


def test_rows_are_filtered_from_one_day_to_another_both_included(admin_client, rows):
    def between(start, end):
        return found(admin_client, Bucket, earned_at_from=start, earned_at_to=end)

    assert between("2025-06-10", "2025-06-10") == {rows.pk}
    assert between("2025-06-11", "") == between("", "2025-06-09") == set()
    assert between("nonsense", "9999-12-31") == {rows.pk}


def test_statuses_and_types_are_filtered(admin_client, rows):
    assert found(admin_client, Bucket, status__exact="ACTIVE") == {rows.pk}
    assert found(admin_client, Bucket, status__exact="EXPIRED") == set()
    spent = found(admin_client, Transaction, type__exact="POINTS_SPENT_ON_REWARD")
    assert spent == {rows.pk}


# --- Showing --------------------------------------------------------------------------


def test_a_card_is_shown_with_what_it_holds(admin_client, rows):
    ledger.credit(card=rows, points=4_321, now=timezone.now(), cause=Cause())
    for address in (admin_url(rows), admin_url(rows, "changelist")):
        assert "4,321" in admin_client.get(address).content.decode()
    page = admin_client.get(admin_url(rows)).content.decode()
    for model in (Transaction, Bucket):
        address = f"{admin_url(model(), 'changelist')}?card__id__exact={rows.pk}"
        assert address in page


def test_a_spend_and_a_bucket_lead_to_one_another(admin_client, rows):
    drawn = Allocation.objects.order_by("pk").first()
    spend = admin_client.get(admin_url(drawn.transaction)).content.decode()
    assert admin_url(drawn.bucket) in spend
    bucket = admin_client.get(admin_url(drawn.bucket)).content.decode()
    assert admin_url(drawn.transaction) in bucket


def test_a_hold_is_shown_as_held_and_until_when(admin_client, simple_card):
    now = timezone.now()
    until = now + timedelta(days=1)
    ledger.credit(card=simple_card, points=9_000, now=now)
    held = ledger.hold(card=simple_card, points=4_321, until=until, now=now)
    label = f"Held until {moment(until, simple_card.definition.scheme.zone)}"
    for page in ("change", "changelist"):
        assert label in admin_client.get(admin_url(held, page)).content.decode()
    card = admin_client.get(admin_url(simple_card)).content.decode()
    assert "9,000" in card
    assert "4,321" in card

    ledger.capture(hold=held, now=now)
    for page in ("change", "changelist"):
        assert label not in admin_client.get(admin_url(held, page)).content.decode()
    assert "4,679" in admin_client.get(admin_url(simple_card)).content.decode()


def test_dates_are_shown_sharp_to_the_second_in_the_scheme_s_zone(admin_client, rows):
    for instance in (first(Bucket), first(Transaction)):
        page = admin_client.get(admin_url(instance)).content.decode()
        assert "10 Jun 2025, 15:00:00" in page
        assert "Europe/London" in page
    assert "Europe/London" in admin_client.get(admin_url(rows)).content.decode()


def test_lists_and_pages_take_as_many_queries_for_twenty_rows_as_for_one(
    admin_client, rows, now
):
    drawing = Transaction.objects.get(type=Transaction.Type.POINTS_SPENT_ON_REWARD)
    search = "?" + urlencode({"q": f"{rows.code}-0"})
    addresses = [admin_url(model(), "changelist") for model in LEDGER_ROWS]
    addresses += [
        admin_url(model(), "changelist") + search for model in LEDGER_ROWS[:2]
    ]
    addresses += [admin_url(rows, "changelist"), admin_url(rows)]
    addresses += [admin_url(drawing), admin_url(drawing.allocations.first().bucket)]
    few = [len(sql_of(admin_client, address)) for address in addresses]

    for number in range(10):
        happen(CardFactory(definition=rows.definition), now)
        later = now + timedelta(days=7, hours=number)
        ledger.credit(card=rows, points=10, now=later)
    spend = ledger.spend(card=rows, points=200, now=later, order=Order(reference="S"))
    assert spend.allocations.count() >= 10
    addresses[-2] = admin_url(spend)

    many = [sql_of(admin_client, address) for address in addresses]
    assert [len(statements) for statements in many] == few
    assert max(few) <= 13, few
    lists = [statement for page in many[:6] for statement in page]
    assert not [each for each in lists if "COUNT(" in each]
