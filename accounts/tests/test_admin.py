"""The admin pages of members and cards: found by exact values, changed by operations."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import Card, Identity, Member
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from schemes.tests.admin_forms import admin_url, errors_of, filled_in, sql_of
from schemes.tests.factories import CardDefinitionFactory, UnitFactory

pytestmark = pytest.mark.django_db


def send(client, instance, changes, page="change"):
    address = admin_url(instance, page)
    return client.post(address, filled_in(client.get(address), changes))


def new_identities(*values, before=0):
    data = {"identities-TOTAL_FORMS": before + len(values)}
    for number, value in enumerate(values, start=before):
        data |= {f"identities-{number}-type": "EMAIL"}
        data |= {f"identities-{number}-value": value}
    return data


def dialog(member, name):
    """The address of one of the buttons of a member's page that ask why."""
    return reverse(f"admin:accounts_member_{name}", args=(member.pk,))


def found(client, model, text):
    page = client.get(admin_url(model(), "changelist"), {"q": text})
    return [row.pk for row in page.context["cl"].result_list]


# --- Members --------------------------------------------------------------------------


def test_a_member_is_added_with_identities(admin_client):
    unit = UnitFactory()
    changes = {"unit": unit.pk, "external_id": "c-1", "name": "Ada"}
    changes |= new_identities("ada@example.com", "ada@home.example")
    assert send(admin_client, Member(), changes, page="add").status_code == 302
    member = Member.objects.get(external_id="c-1")
    assert (member.name, member.status) == ("Ada", "ACTIVE")
    assert member.created_at is not None
    assert {each.unit for each in member.identities.all()} == {unit}
    assert member.identities.count() == 2


def test_an_external_id_that_is_taken_is_an_error_of_the_form(admin_client):
    member = MemberFactory()
    changes = {"unit": member.unit.pk, "external_id": member.external_id}
    page = send(admin_client, Member(), changes, page="add")
    assert "already exists" in errors_of(page)["__all__"]


def test_a_member_keeps_its_unit_id_and_status_whatever_is_sent(admin_client):
    member = MemberFactory()
    send(
        admin_client,
        member,
        {
            "name": "Ada",
            "status": "INACTIVE",
            "external_id": "other",
            "unit": UnitFactory().pk,
        },
    )
    changed = Member.objects.get()
    assert (changed.name, changed.status) == ("Ada", "ACTIVE")
    assert (changed.unit, changed.external_id) == (member.unit, member.external_id)


def test_a_member_is_made_inactive_and_active_again_with_a_reason(staff_client):
    member = MemberFactory()
    client = staff_client("Agent", member.unit)
    for name, other, status in (
        ("deactivate", "activate", "INACTIVE"),
        ("activate", "deactivate", "ACTIVE"),
    ):
        address = dialog(member, name)
        page = client.get(admin_url(member)).content.decode()
        assert address in page
        assert dialog(member, other) not in page
        silent = client.post(address, {"_form_submitted": "on", "reason": " "})
        assert "This field is required." in silent.content.decode()
        sent = {"_form_submitted": "on", "reason": f"Asked to {name}"}
        assert client.post(address, sent).url == admin_url(member)
        assert Member.objects.get().status == status
        assert f"Asked to {name}" in LogEntry.objects.first().get_change_message()
        client.post(address, sent)
    assert LogEntry.objects.count() == 2


def test_who_may_not_change_members_leaves_their_status(staff_client):
    member = MemberFactory()
    sent = {"_form_submitted": "on", "reason": "No"}
    for client, code in (
        (staff_client("Viewer", member.unit), 403),
        (staff_client("Agent", UnitFactory()), 404),
    ):
        for name in ("deactivate", "activate"):
            assert client.post(dialog(member, name), sent).status_code == code
    assert Member.objects.get().status == "ACTIVE"


def test_identities_are_added_and_removed_but_not_rewritten(admin_client):
    identity = IdentityFactory(value="old@example.com")
    changes = new_identities("new@example.com", before=1)
    changes |= {"identities-0-value": "rewritten@example.com"}
    assert send(admin_client, identity.member, changes).status_code == 302
    values = Identity.objects.order_by("pk").values_list("value", flat=True)
    assert list(values) == ["old@example.com", "new@example.com"]
    send(admin_client, identity.member, {"identities-0-DELETE": "on"})
    assert Identity.objects.get().value == "new@example.com"


@pytest.mark.parametrize("values", [["TAKEN@example.com"], ["a@b.example"] * 2])
def test_a_value_that_finds_somebody_is_an_error_of_its_row(admin_client, values):
    taken = IdentityFactory(value="taken@example.com")
    member = MemberFactory(unit=taken.unit)
    page = send(admin_client, member, new_identities(*values))
    last = f"identities-{len(values) - 1}-value"
    assert list(errors_of(page)) == [last]
    assert Identity.objects.count() == 1


def test_a_member_is_found_by_id_identity_and_card_only_when_exact(admin_client):
    card = CardFactory(code="5550001111")
    member = card.member
    IdentityFactory(member=member, value="Ada@Example.com")
    CardFactory()
    for text in (member.external_id, "ada@EXAMPLE.com ", "5550001111"):
        assert found(admin_client, Member, text) == [member.pk]
    for text in (member.external_id[:-1], "example.com", "555"):
        assert found(admin_client, Member, text) == []


# --- Cards ----------------------------------------------------------------------------


def test_a_card_is_opened_with_a_code_of_its_pattern(admin_client):
    definition = CardDefinitionFactory()
    member = MemberFactory(unit=definition.scheme.unit)
    changes = {"member": member.pk, "definition": definition.pk}
    assert send(admin_client, Card(), changes, page="add").status_code == 302
    assert len(Card.objects.get(member=member).code) == len(definition.code_pattern)


def test_a_card_that_cannot_be_opened_is_an_error_of_the_form(admin_client):
    card = CardFactory()
    elsewhere = CardDefinitionFactory()
    second = MemberFactory(unit=card.member.unit)
    for member, definition, code, field in (
        (card.member, elsewhere, "", "definition"),
        (card.member, card.definition, "", "__all__"),
        (second, card.definition, card.code, "__all__"),
    ):
        changes = {"member": member.pk, "definition": definition.pk, "code": code}
        page = send(admin_client, Card(), changes, page="add")
        assert list(errors_of(page)) == [field]
    assert Card.objects.count() == 1


def test_a_card_has_no_form_to_change_it_with(admin_client):
    card = CardFactory()
    page = admin_client.get(admin_url(card)).content.decode()
    assert 'name="_save"' not in page
    changes = {"status": "BLOCKED", "code": "other", "overdraft": 7}
    assert admin_client.post(admin_url(card), changes).status_code == 403
    changed = Card.objects.get()
    assert (changed.status, changed.code, changed.overdraft) == (
        "ACTIVE",
        card.code,
        0,
    )


def test_a_refusal_between_the_form_and_the_operation_is_a_message(
    admin_client, monkeypatch
):
    from accounts import operations

    def refuse(**_):
        raise operations.CardExists("Somebody was faster.")

    monkeypatch.setattr(operations, "open_card", refuse)
    definition = CardDefinitionFactory()
    member = MemberFactory(unit=definition.scheme.unit)
    changes = {"member": member.pk, "definition": definition.pk}
    answer = send(admin_client, Card(), changes, page="add")
    page = admin_client.get(answer.url)
    assert "Somebody was faster." in page.content.decode()


def test_a_card_is_found_by_its_code_and_by_its_member(admin_client):
    card = CardFactory(code="5550001111")
    CardFactory()
    IdentityFactory(member=card.member, value="ada@example.com")
    for text in ("5550001111", card.member.external_id, "ada@example.com"):
        assert found(admin_client, Card, text) == [card.pk]


def test_choosing_a_member_for_a_card_searches_without_counting(
    admin_client, django_assert_max_num_queries
):
    member = MemberFactory()
    query = {"app_label": "accounts", "model_name": "card", "field_name": "member"}
    query |= {"term": member.external_id}
    with django_assert_max_num_queries(6) as queries:
        answer = admin_client.get("/admin/autocomplete/", query).json()
    assert [row["id"] for row in answer["results"]] == [str(member.pk)]
    assert not [each for each in queries if "COUNT(" in each["sql"]]


# --- Who may what, and how much it takes ----------------------------------------------


def test_nobody_deletes_members_and_cards(admin_client):
    card = CardFactory()
    for instance in (card, card.member):
        assert admin_client.post(admin_url(instance, "delete")).status_code == 403
        admin_client.post(
            admin_url(instance, "changelist"),
            {"action": "delete_selected", "_selected_action": instance.pk, "post": 1},
        )
    assert Card.objects.exists()


def test_who_may_only_look_changes_nothing(staff_client):
    identity = IdentityFactory()
    client = staff_client("Viewer", identity.unit)
    card = CardFactory(member=identity.member, definition=_definition_for(identity))
    for instance in (card, card.member):
        assert client.get(admin_url(instance)).status_code == 200
        changes = {"status": "BLOCKED", "identities-0-DELETE": "on"}
        assert client.post(admin_url(instance), changes).status_code == 403
        assert client.post(admin_url(instance, "add"), {}).status_code == 403
    assert Identity.objects.exists()


def test_lists_and_pages_take_as_many_queries_for_twenty_rows_as_for_one(admin_client):
    identity = IdentityFactory()
    card = CardFactory(member=identity.member, definition=_definition_for(identity))
    member = card.member
    addresses = [
        admin_url(member, "changelist"),
        admin_url(member, "changelist") + f"?q={member.external_id}",
        admin_url(card, "changelist"),
        admin_url(card, "changelist") + f"?q={member.external_id}",
        admin_url(member),
        admin_url(card),
    ]
    few = [len(sql_of(admin_client, address)) for address in addresses]
    for _ in range(19):
        IdentityFactory(member=member)
        CardFactory(member=member, definition=_definition_for(identity))
        CardFactory()
    many = [sql_of(admin_client, address) for address in addresses]
    assert [len(statements) for statements in many] == few
    assert max(few) <= 15, few
    lists = [statement for page in many[:4] for statement in page]
    assert not [each for each in lists if "COUNT(" in each]


def _definition_for(identity):
    return CardDefinitionFactory(scheme__unit=identity.unit)
