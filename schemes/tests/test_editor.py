"""The scheme editor: sentences beside fields, publishing, copying, history, trying."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schemes.models import CardDefinition, Scheme
from schemes.tests.admin_forms import admin_url, filled_in, sql_of
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition():
    definition = CardDefinitionFactory(recipe=True, name="Points")
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    return definition


@pytest.fixture
def scheme(definition):
    return definition.scheme


@pytest.fixture
def manager(staff_client, scheme):
    return staff_client("Manager", scheme.unit)


@pytest.fixture
def viewer(staff_client, scheme):
    return staff_client("Viewer", scheme.unit)


def address(row, name):
    return reverse(f"admin:schemes_{row._meta.model_name}_{name}", args=(row.pk,))


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def ask(client, row, changes, example="123.45"):
    """What the panel says once this was typed."""
    sent = filled_in(client.get(admin_url(row)), changes)
    return client.post(address(row, "sentences"), sent | {"example_amount": example})


# --- Sentences ------------------------------------------------------------------------


def test_the_page_says_what_its_rules_say(manager, viewer, definition, scheme):
    for client in (manager, viewer):
        for row in (definition, scheme):
            page = text_of(client.get(admin_url(row)))
            assert "A 123.45 GBP order today: 123 points, usable from" in page
            assert "Points wait 5 days before they can be spent." in page
            assert ("data-sentences-url" in page) == (client is manager)


def test_what_is_typed_is_said_and_nothing_is_saved(manager, definition, scheme):
    changes = {"pending_period": "7D", "earn_rates-0-points": "2"}
    told = text_of(ask(manager, definition, changes, example="50"))
    assert "Points wait 7 days" in told
    assert "A 50.00 GBP order today: 100 points" in told
    definition.refresh_from_db()
    scheme.refresh_from_db()
    assert (definition.pending_period, scheme.version) == ("5D", 1)
    assert definition.earn_rates.get().points == 1


def test_asking_only_reads(manager, definition):
    sent = filled_in(manager.get(admin_url(definition)))
    with CaptureQueriesContext(connection) as queries:
        manager.post(address(definition, "sentences"), sent)
    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}


ERRORS = [
    ({"pending_period": "5 days"}, "Pending period", "is not a period"),
    ({"refunds": "BELOW_ZERO"}, "Allow negative", "Refunds below zero"),
    ({"expiry_period": "1D", "expiry_rounding": "NONE"}, "Expiry period", "expire"),
    ({"earn_rates-0-points": ""}, "Earn rate 1: Points", "required"),
    ({"burn_rates-0-step": "0"}, "Burn rate 1: Step", "greater than or equal to 1"),
    ({"pending_dates": "[{]"}, "Pending dates", "valid JSON"),
    ({"max_balance": "x"}, "Max balance", "whole number"),
]


@pytest.mark.parametrize(("changes", "label", "problem"), ERRORS)
def test_an_error_is_a_sentence_that_names_the_field(
    manager, definition, changes, label, problem
):
    told = text_of(ask(manager, definition, changes))
    assert f">{label}</strong>" in told
    assert problem in told
    assert "order today" not in told


def test_of_a_section_with_an_error_nothing_old_is_said(manager, definition):
    told = text_of(ask(manager, definition, {"pending_period": "x"}))
    assert "Points wait" not in told
    assert "Points expire 6 months" in told


@pytest.mark.parametrize("example", ["", "x", "-1", "NaN", "9" * 40, "1.23456"])
def test_an_example_that_is_no_amount_is_an_error_or_the_usual_one(
    manager, definition, example
):
    told = text_of(ask(manager, definition, {}, example=example))
    assert "A 123.45 GBP order today" in told
    assert (">Example order</strong>" in told) == bool(example)


def test_a_rate_that_is_deleted_is_not_said(manager, definition):
    told = text_of(ask(manager, definition, {"earn_rates-0-DELETE": "on"}))
    assert "There is no earn rate" in told


def test_a_scheme_s_fields_change_what_all_its_definitions_say(manager, scheme):
    told = text_of(ask(manager, scheme, {"time_zone": "Asia/Tokyo", "currency": "JPY"}))
    assert "(Asia/Tokyo)" in told
    assert "A 123 JPY order today: 1 point," in told
    wrong = text_of(ask(manager, scheme, {"time_zone": "London"}))
    assert ">Time zone</strong>" in wrong
    assert "order today" not in wrong


def test_a_new_definition_is_read_back_once_its_scheme_is_chosen(manager, scheme):
    form = filled_in(manager.get(admin_url(CardDefinition(), "add")))
    ask_new = reverse("admin:schemes_carddefinition_sentences_of_new")
    assert "Choose a scheme" in text_of(manager.post(ask_new, form))
    told = text_of(manager.post(ask_new, form | {"scheme": scheme.pk, "name": "New"}))
    assert "Points never expire." in told
    assert "There is no earn rate" in told


def test_a_new_scheme_is_read_back(manager, scheme):
    form = filled_in(manager.get(admin_url(Scheme(), "add")))
    ask_new = reverse("admin:schemes_scheme_sentences_of_new")
    typed = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00:00"}
    typed |= {"unit": scheme.unit_id, "name": "N", "reference": "N"}
    told = text_of(manager.post(ask_new, form | typed))
    assert "The scheme runs from 1 Jan 2026, 00:00 (UTC)" in told


def test_a_form_with_errors_says_what_was_typed(manager, definition):
    sent = filled_in(manager.get(admin_url(definition)))
    page = manager.post(
        admin_url(definition), sent | {"max_balance": "0", "pending_period": "9D"}
    )
    told = text_of(page)
    assert "Points wait 9 days" in told
    assert ">Max balance</strong>" in told


def test_only_who_may_change_asks_and_only_of_own_units(
    manager, viewer, client, definition
):
    sent = filled_in(manager.get(admin_url(definition)))
    ask_it = address(definition, "sentences")
    assert viewer.post(ask_it, sent).status_code == 403
    assert manager.get(ask_it).status_code == 405
    assert client.post(ask_it, sent).status_code == 302
    theirs = CardDefinitionFactory()
    assert manager.post(address(theirs, "sentences"), sent).status_code == 404
    new = reverse("admin:schemes_carddefinition_sentences_of_new")
    assert viewer.post(new, sent).status_code == 403
    told = text_of(manager.post(new, sent | {"scheme": theirs.scheme_id}))
    assert theirs.scheme.name not in told.replace(definition.scheme.name, "")
    assert ">Scheme</strong>" in told


# --- Publishing -----------------------------------------------------------------------


def test_a_draft_is_published_after_its_page_was_read(manager, scheme, definition):
    Scheme.objects.update(status="DRAFT")
    CardDefinition.objects.update(status="DRAFT")
    page = manager.get(address(scheme, "publish"))
    told = text_of(page)
    assert "Points can be earned and spent from this moment on." in told
    assert "A 123.45 GBP order today: 123 points" in told
    assert "data-missing" not in told
    sent = {"version": 1, "definitions": [definition.pk]}
    answer = manager.post(address(scheme, "publish"), sent, follow=True)
    assert "is published" in text_of(answer)
    for row in (scheme, definition):
        row.refresh_from_db()
        assert row.status == "ACTIVE"
    assert scheme.history.latest().history_user == manager.user


def test_the_page_says_what_is_missing(manager, scheme):
    Scheme.objects.update(status="DRAFT", ends_at="2020-06-01T00:00Z")
    CardDefinitionFactory(scheme=scheme, name="Bare", status="DRAFT")
    told = text_of(manager.get(address(scheme, "publish")))
    for text in ("The scheme is over since", "No earn rate", "No burn rate"):
        assert text in told


def test_what_changed_meanwhile_or_makes_no_sense_is_said_and_not_published(
    manager, definition
):
    CardDefinition.objects.update(status="DRAFT")
    publish = address(definition, "publish")
    assert "has changed" in text_of(manager.post(publish, {"version": 9}))
    CardDefinition.objects.update(expiry_period="1D", expiry_rounding="NONE")
    assert "would expire on" in text_of(manager.get(publish))
    assert "would expire on" in text_of(manager.post(publish, {"version": 1}))
    assert text_of(manager.post(publish, {}))
    definition.refresh_from_db()
    assert definition.status == "DRAFT"


def test_stopping_says_what_ends_and_what_goes_on(manager, scheme, definition):
    for row in (definition, scheme):
        stop = address(row, "stop")
        told = text_of(manager.get(stop))
        assert "earning, spending, crediting and debiting are refused" in told
        assert "points still expire on theirs" in told
        scheme.refresh_from_db()
        answer = manager.post(stop, {"version": scheme.version}, follow=True)
        assert "is inactive" in text_of(answer)
        row.refresh_from_db()
        assert row.status == "INACTIVE"


def test_the_buttons_fit_the_status_and_the_role(manager, viewer, scheme, definition):
    def buttons(client, row):
        page = client.get(admin_url(row)).content.decode()
        names = ("publish", "stop", "try_out", "copy_scheme")
        return [name for name in names if f"/{row.pk}/{name}/" in page]

    assert buttons(manager, scheme) == ["stop", "try_out", "copy_scheme"]
    assert buttons(manager, definition) == ["stop", "try_out"]
    Scheme.objects.update(status="DRAFT")
    assert buttons(manager, scheme) == ["publish", "try_out", "copy_scheme"]
    assert buttons(viewer, scheme) == buttons(viewer, definition) == []


def test_the_status_is_changed_on_these_pages_alone(manager, scheme):
    sent = filled_in(manager.get(admin_url(scheme)))
    assert "status" not in sent
    manager.post(admin_url(scheme), sent | {"status": "INACTIVE", "name": "New"})
    scheme.refresh_from_db()
    assert (scheme.name, scheme.status) == ("New", "ACTIVE")


# --- Copying --------------------------------------------------------------------------


def test_a_scheme_is_copied_as_a_draft(manager, scheme):
    page = manager.get(address(scheme, "copy_scheme"))
    assert f"Copy of {scheme.name}" in text_of(page)
    sent = {"name": "Copy", "reference": "COPY"}
    answer = manager.post(address(scheme, "copy_scheme"), sent, follow=True)
    assert "a draft, until it is published" in text_of(answer)
    copied = Scheme.objects.get(reference="COPY")
    assert copied.card_definitions.get().earn_rates.count() == 1
    assert (copied.status, copied.unit) == ("DRAFT", scheme.unit)


def test_a_reference_that_is_taken_is_an_error_of_its_field(manager, scheme):
    sent = {"name": "Kept as typed", "reference": scheme.reference}
    page = manager.post(address(scheme, "copy_scheme"), sent)
    assert list(page.context["form"].errors) == ["reference"]
    assert "Kept as typed" in text_of(page)
    assert Scheme.objects.count() == 1


# --- History --------------------------------------------------------------------------


def test_the_history_tells_of_the_scheme_its_definitions_and_rates(
    manager, viewer, scheme, definition
):
    changes = {"pending_period": "7D", "burn_rates-0-rate": "2"}
    sent = filled_in(manager.get(admin_url(definition)), changes)
    assert manager.post(admin_url(definition), sent).status_code == 302
    for row in (scheme, definition):
        told = text_of(viewer.get(admin_url(row, "history")))
        assert "Version 2" in told
        assert manager.user.username in told
        for text in ("Pending period", ">5D<", ">7D<", "Burn rate default", ">2.0"):
            assert text in told, text
        assert "Europe/London" in told


def test_the_history_takes_as_many_queries_for_many_versions(manager, scheme):
    few = len(sql_of(manager, admin_url(scheme, "history")))
    for number in range(30):
        scheme.version, scheme.name = number + 2, f"Name {number}"
        scheme.save()
    assert len(sql_of(manager, admin_url(scheme, "history"))) <= few + 1
    second = text_of(manager.get(admin_url(scheme, "history") + "?p=2"))
    assert "Version 1 " in second
    assert "Newer" in second


# --- Trying ---------------------------------------------------------------------------


def test_a_purchase_is_tried_out(manager, scheme, definition):
    page = address(scheme, "try_out")
    told = text_of(manager.get(address(definition, "try_out"), follow=True))
    assert "Press Try it" in told
    asked = {
        "definition": definition.pk,
        "amount": "123.45",
        "at_0": "2025-06-10",
        "at_1": "15:00:00",
        "rate_name": "default",
        "identifier": "",
        "spend": "100",
        "refund": "60",
    }
    told = text_of(manager.get(page, asked))
    for text in (
        "123 points",
        "Usable from 15 Jun 2025, 15:00 (Europe/London).",
        "Gone after 31 Dec 2025.",
        "That pays 1.00 GBP.",
        "Refund of 60.00 GBP",
        "59 points are taken back",
    ):
        assert text in told
    for wrong in ({"amount": "x"}, {"at_0": "never"}, {"spend": "0"}):
        assert "data-step" not in text_of(manager.get(page, asked | wrong))
    other = CardDefinitionFactory().pk
    assert "data-step" not in text_of(manager.get(page, asked | {"definition": other}))
    refused = text_of(manager.get(page, asked | {"rate_name": "double"}))
    assert "There is no earn rate" in refused


def test_a_scheme_without_definitions_leads_to_adding_one(manager, scheme):
    empty = SchemeFactory(unit=scheme.unit)
    told = text_of(manager.get(address(empty, "try_out")))
    assert "no card definition" in told
    assert f"/carddefinition/add/?scheme={empty.pk}" in told


# --- Who may --------------------------------------------------------------------------

PAGES = [("scheme", name) for name in ("publish", "stop", "try_out", "copy_scheme")] + [
    ("definition", name) for name in ("publish", "stop", "try_out")
]


@pytest.mark.parametrize(("kind", "name"), PAGES)
def test_the_pages_are_for_managers_of_the_unit(
    manager, viewer, staff_client, scheme, definition, kind, name
):
    row = scheme if kind == "scheme" else definition
    page = address(row, name)
    assert manager.get(page).status_code in {200, 302}
    for role in ("Agent", "Finance"):
        assert staff_client(role, scheme.unit).get(page).status_code == 403
    stranger = staff_client("Manager", SchemeFactory().unit)
    for send in (stranger.get, stranger.post):
        assert send(page).status_code == 404
    sent = {"version": 1, "name": "N", "reference": "N"}
    for send in (viewer.get, viewer.post):
        assert send(page, sent).status_code == 403
    scheme.refresh_from_db()
    definition.refresh_from_db()
    assert (scheme.status, definition.status) == ("ACTIVE", "ACTIVE")
    assert not Scheme.objects.filter(reference="N").exists()


def test_the_admin_is_checked_without_the_database():
    """`migrate` checks first: a check that asks for rows could never make them."""
    with CaptureQueriesContext(connection) as queries:
        problems = admin.site.check(None)
    assert problems == []
    assert len(queries) == 0


def test_every_field_says_what_it_is_for(manager, scheme, definition):
    for row in (scheme, definition):
        page = manager.get(admin_url(row))
        forms = [page.context["adminform"].form]
        for inline in page.context["inline_admin_formsets"]:
            forms += inline.formset.initial_forms * inline.has_change_permission
        for field in (field for form in forms for field in form.visible_fields()):
            assert field.help_text or field.name == "DELETE", field.name
