"""What is another unit's is not there: on no page, in no list, choice, filter, action."""

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from accounts import clients
from accounts.models import ApiClient, Card, Member
from loyalty.roles import ADMINISTRATOR
from loyalty.tests.staff_pages import NOW, OF_A_UNIT, make_shop
from schemes.admin.own_units import (
    OwnAutocompleteFilter,
    OwnChoices,
    OwnRelatedFilter,
    UnitPage,
)
from schemes.models import CardDefinition, Scheme, Unit, UnitAccess
from schemes.tests.admin_forms import admin_url, errors_of, filled_in, sql_of
from transactions.models import Bucket, SweepRun, Transaction

pytestmark = pytest.mark.django_db

OURS = ("schemes", "accounts", "transactions", "loyalty")
# They serve all units; each is explained where it is registered.
OF_NO_UNIT = {SweepRun}


def pages():
    """The pages of our own models."""
    return [
        page
        for model, page in admin.site._registry.items()
        if model._meta.app_label in OURS
    ]


def at_the_end_of(path, model):
    """The model that a path of relations ends at."""
    for name in path.split("__"):
        if name == "pk":
            continue
        model = model._meta.get_field(name).related_model
    return model


@pytest.fixture
def mine(db):
    return make_shop("Mine")


@pytest.fixture
def theirs(db):
    return make_shop("Theirs")


@pytest.fixture
def browser(staff_client, mine):
    """An administrator of the one unit: nobody of a role may more."""
    return staff_client(ADMINISTRATOR, mine.unit)


@pytest.fixture(params=OF_A_UNIT, ids=lambda model: model.__name__)
def model(request):
    return request.param


def values(row):
    return type(row)._default_manager.filter(pk=row.pk).values().get()


def everything(shop):
    return {model: values(shop[model]) for model in OF_A_UNIT}


# --- How pages are made ---------------------------------------------------------------


def test_every_page_of_ours_says_how_its_rows_lead_to_their_unit():
    for page in pages():
        assert isinstance(page, UnitPage), page
        if page.model in OF_NO_UNIT:
            assert page.unit_path is None
        else:
            assert at_the_end_of(page.unit_path, page.model) is Unit, page
    assert {page.model for page in pages()} == {*OF_A_UNIT, *OF_NO_UNIT}


def test_every_form_and_filter_keeps_its_choices_to_the_reader_s_units():
    own = (OwnRelatedFilter, OwnAutocompleteFilter)
    for page in pages():
        for inline in page.inlines:
            assert issubclass(inline, OwnChoices), inline
        for each in page.list_filter:
            name, kind = each if isinstance(each, tuple) else (each, None)
            try:
                related = isinstance(page.opts.get_field(name), ForeignKey)
            except FieldDoesNotExist:
                related = True
            assert not related or issubclass(kind, own), (page, name)


# --- Reading --------------------------------------------------------------------------


def test_a_list_has_the_rows_of_the_reader_s_units_alone(
    browser, staff_client, mine, theirs, model
):
    def listed(client, **query):
        page = client.get(admin_url(model(), "changelist"), query)
        return {row.pk for row in page.context["cl"].result_list}

    own, other = mine[model], theirs[model]
    assert listed(browser) == {own.pk}
    both = staff_client(ADMINISTRATOR, mine.unit, theirs.unit)
    assert listed(both) == {own.pk, other.pk}
    assert listed(staff_client(ADMINISTRATOR)) == set()
    for text in ("Theirs", "Theirs-card", "Theirs-order", theirs[Member].external_id):
        assert other.pk not in listed(browser, q=text)


def test_no_page_names_anything_of_another_unit(browser, mine, theirs, model):
    for page in ("changelist", "change", "history", "add"):
        shown = browser.get(admin_url(mine[model], page)).content.decode()
        assert "Theirs" not in shown, page
    # In a filter's place, too, the key of another's row is nobody's.
    for query in (
        f"?card__id__exact={theirs[Card].pk}",
        f"?unit__id__exact={theirs.unit.pk}",
        f"?scheme__id__exact={theirs[Scheme].pk}",
        f"?definition__id__exact={theirs[CardDefinition].pk}",
    ):
        page = browser.get(admin_url(mine[model], "changelist") + query)
        assert "Theirs" not in page.content.decode(), query


def test_another_unit_s_row_is_answered_as_one_that_is_not_there(
    browser, theirs, model
):
    row, nothing = theirs[model], model(pk=10**9)
    for page in ("change", "history", "delete"):
        for method in (browser.get, browser.post):
            there, absent = (method(admin_url(each, page)) for each in (row, nothing))
            assert there.status_code == absent.status_code, page
            assert there.status_code in {302, 403, 404}, page
            assert there.headers.get("Location") == absent.headers.get("Location")


def test_the_past_of_another_unit_s_rules_is_not_there(browser, mine, theirs):
    for model, page in admin.site._registry.items():
        if not isinstance(page, SimpleHistoryAdmin):
            continue
        for shop, expected in ((mine, 200), (theirs, 404)):
            row = shop[model]
            address = admin_url(row, "history")
            past = f"{address}{row.history.earliest().history_id}/"
            assert browser.get(address).status_code == expected
            assert browser.get(past).status_code == expected
        # Nor under the number of a row of one's own.
        theirs_past = theirs[model].history.earliest().history_id
        mixed = f"{admin_url(mine[model], 'history')}{theirs_past}/"
        assert browser.get(mixed).status_code == 404


def test_the_past_of_what_is_gone_is_for_superusers(browser, admin_client, mine):
    scheme = Scheme.objects.create(
        unit=mine.unit, name="Gone", reference="GONE", starts_at=NOW
    )
    address = admin_url(scheme, "history")
    assert browser.get(address).status_code == 200
    scheme.delete()
    assert browser.get(address).status_code == 404
    assert admin_client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("app", "name", "field"),
    [
        ("schemes", "scheme", "unit"),
        ("schemes", "carddefinition", "scheme"),
        ("accounts", "member", "unit"),
        ("accounts", "card", "member"),
        ("accounts", "card", "definition"),
        ("accounts", "apiclient", "unit"),
        ("transactions", "bucket", "card"),
        ("transactions", "transaction", "card"),
    ],
)
def test_what_is_typed_finds_rows_of_the_reader_s_units(
    browser, mine, theirs, app, name, field
):
    address = reverse("admin:autocomplete")
    for text in ("", "Theirs", "Theirs-card", theirs[Member].external_id):
        query = {"app_label": app, "model_name": name, "field_name": field}
        found = browser.get(address, {**query, "term": text})
        assert found.status_code == 200
        assert "Theirs" not in found.content.decode()
        assert bool(found.json()["results"]) == (not text)


# --- Writing --------------------------------------------------------------------------


def test_nothing_sent_to_another_unit_s_row_changes_it(browser, mine, theirs, model):
    before = everything(theirs)
    page = browser.get(admin_url(mine[model]))
    data = filled_in(page, {"name": "Changed", "status": "BLOCKED", "is_active": ""})
    for name in ("change", "delete"):
        browser.post(admin_url(theirs[model], name), data)
    chosen = {"action": "delete_selected", "_selected_action": theirs[model].pk}
    browser.post(admin_url(model(), "changelist"), {**chosen, "post": "yes"})
    assert everything(theirs) == before


def test_nothing_is_made_in_another_unit(browser, mine, theirs):
    counts = {each: each.objects.count() for each in OF_A_UNIT}
    moment = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00:00"}
    for made, changes, field in (
        (Scheme, {"unit": theirs.unit.pk, "reference": "N", **moment}, "unit"),
        (CardDefinition, {"scheme": theirs[Scheme].pk}, "scheme"),
        (Member, {"unit": theirs.unit.pk, "external_id": "n"}, "unit"),
        (Card, {"member": theirs[Member].pk}, "member"),
        (Card, {"definition": theirs[CardDefinition].pk}, "definition"),
        (ApiClient, {"unit": theirs.unit.pk, "scopes": ["points:read"]}, "unit"),
    ):
        address = admin_url(made(), "add")
        data = filled_in(browser.get(address), {"name": "New", **changes})
        page = browser.post(address, data)
        assert page.status_code == 200, made
        assert "not one of the available" in errors_of(page)[field], made
        assert "Theirs" not in page.content.decode(), made
    assert {each: each.objects.count() for each in OF_A_UNIT} == counts


def test_a_row_is_not_moved_to_another_unit(browser, mine, theirs):
    for model, changes in (
        (Scheme, {"unit": theirs.unit.pk}),
        (CardDefinition, {"scheme": theirs[Scheme].pk}),
        (Member, {"unit": theirs.unit.pk}),
        (Card, {"member": theirs[Member].pk}),
        (ApiClient, {"unit": theirs.unit.pk}),
    ):
        address = admin_url(mine[model])
        before = values(mine[model])
        assert browser.post(
            address, filled_in(browser.get(address), changes)
        ).status_code in {200, 302, 403}  # 403: a card's page has no form
        after = values(mine[model])
        assert {name: after[name] for name in after if name.endswith("_id")} == {
            name: before[name] for name in before if name.endswith("_id")
        }


def test_another_unit_s_api_client_gets_and_loses_no_secret(browser, mine, theirs):
    for shop, expected in ((mine, {200, 302}), (theirs, {404})):
        client = shop[ApiClient]
        secret = client.secrets.get()
        for name in ("add_secret", "revoke_secret"):
            address = reverse(f"admin:accounts_apiclient_{name}", args=(client.pk,))
            sent = {"_form_submitted": "on", "days": 1, "secret": secret.pk}
            for answer in (browser.get(address), browser.post(address, sent)):
                assert answer.status_code in expected, (name, answer)
    assert len(clients.live_secrets(client=theirs[ApiClient], now=NOW)) == 1
    assert theirs[ApiClient].secrets.count() == 1
    assert mine[ApiClient].secrets.count() == 2


def test_strangers_are_sent_to_the_log_in_by_an_action_s_address(client, mine):
    address = reverse("admin:accounts_apiclient_add_secret", args=(mine[ApiClient].pk,))
    assert client.get(address).url.startswith(reverse("admin:login"))


def test_who_leaves_a_unit_sees_nothing_of_it_from_then_on(browser, mine):
    assert browser.get(admin_url(mine[Card])).status_code == 200
    UnitAccess.objects.filter(user=browser.user).delete()
    assert browser.get(admin_url(mine[Card])).status_code == 302


# --- Speed ----------------------------------------------------------------------------


def test_lists_take_no_more_queries_and_count_nothing(browser, mine):
    for model in (Member, Card, Bucket, Transaction):
        statements = sql_of(browser, admin_url(model(), "changelist"))
        assert len(statements) <= 12, (model, statements)
        assert not [each for each in statements if "COUNT(" in each]
