"""Staff make API clients, see a secret once, add one and revoke one."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient, ApiSecret
from accounts.scopes import SCOPES
from schemes.tests.factories import UnitFactory

LIST = "/admin/accounts/apiclient/"
SHOWN = re.compile(r"Secret: <code>([^<]+)</code>")

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_user(django_user_model):
    """Of `admin_client`; without a password, which takes long to hash."""
    return django_user_model.objects.create(
        username="admin", is_staff=True, is_superuser=True
    )


@pytest.fixture
def client_and_secret():
    return clients.create_client(
        unit=UnitFactory(), name="Till", scopes=["points:read"], now=timezone.now()
    )


def page(client, name="change"):
    return reverse(f"admin:accounts_apiclient_{name}", args=(client.pk,))


def form_of(client_or_unit, **changes):
    given = {
        "name": "Till",
        "is_active": "on",
        "scopes": ["points:read", "points:write"],
        "rate_limit": "",
        "allowed_addresses": "10.0.0.0/8\r\n\r\n 192.0.2.1\r\n",
    }
    if isinstance(client_or_unit, ApiClient):
        given |= {"secrets-TOTAL_FORMS": "0", "secrets-INITIAL_FORMS": "0"}
    else:
        given["unit"] = client_or_unit.pk
    return given | changes


def gets_in(client, secret):
    try:
        return clients.authenticate(
            client_id=client.client_id,
            secret=secret,
            address="10.0.0.1",
            now=timezone.now(),
        )
    except clients.InvalidCredentials:
        return None


def test_a_new_client_is_made_and_its_secret_shown_on_one_page_only(admin_client):
    made = admin_client.post(LIST + "add/", form_of(UnitFactory()), follow=True)

    client = ApiClient.objects.get()
    [secret] = SHOWN.findall(made.content.decode())
    assert gets_in(client, secret) == client
    assert f"{client.client_id}.{secret}" in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert client.scopes == ["points:read", "points:write"]
    assert client.allowed_addresses == ["10.0.0.0/8", "192.0.2.1/32"]
    for address in (LIST, page(client), page(client, "history")):
        assert secret not in admin_client.get(address).content.decode()


def test_the_form_offers_every_scope_as_a_checkbox(admin_client, client_and_secret):
    client, _ = client_and_secret
    shown = admin_client.get(page(client)).content.decode()

    boxes = re.findall(r'<input type="checkbox" name="scopes"[^>]*>', shown)
    assert len(boxes) == len(SCOPES)
    assert [box for box in boxes if box.endswith(" checked>")] == [
        box for box in boxes if 'value="points:read"' in box
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("scopes", [], "This field is required."),
        ("scopes", ["points:burn"], "Select a valid choice."),
        ("name", " ", "This field is required."),
        ("rate_limit", "0", "greater than or equal to 1"),
        ("allowed_addresses", "10.0.0.1/8", "is not an address or a network"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(admin_client, field, value, message):
    given = form_of(UnitFactory(), **{field: value})

    answer = admin_client.post(LIST + "add/", given)

    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert message in errors[field][0]
    assert not ApiClient.objects.exists()


def test_a_client_is_edited_and_keeps_its_unit_and_its_secret(
    admin_client, client_and_secret
):
    client, secret = client_and_secret
    given = form_of(client, name="Kiosk", rate_limit="60", unit=UnitFactory().pk)

    answer = admin_client.post(page(client), given)

    assert answer.status_code == 302, answer.context["errors"]
    found = gets_in(client, secret)
    assert (found.name, found.rate_limit, found.unit) == ("Kiosk", 60, client.unit)
    assert found.scopes == ["points:read", "points:write"]


def test_a_client_is_switched_off_by_its_checkbox(admin_client, client_and_secret):
    client, secret = client_and_secret
    given = form_of(client)
    del given["is_active"]

    admin_client.post(page(client), given)

    assert gets_in(client, secret) is None


def test_a_second_secret_is_shown_once_and_a_third_refused(
    admin_client, client_and_secret
):
    client, first = client_and_secret
    add = page(client, "add_secret")

    added = admin_client.post(add, {"_form_submitted": "on", "days": "7"}, follow=True)

    [second] = SHOWN.findall(added.content.decode())
    assert gets_in(client, first) == gets_in(client, second) == client
    ends_at = ApiSecret.objects.latest("pk").expires_at
    assert timedelta(days=6) < ends_at - timezone.now() <= timedelta(days=7)

    more = admin_client.post(add, {"_form_submitted": "on"}, follow=True)

    assert "The client has two secrets. Revoke one" in more.content.decode()
    assert ApiSecret.objects.count() == 2


def test_a_secret_is_revoked_and_the_page_says_so(admin_client, client_and_secret):
    client, secret = client_and_secret
    chosen = {"_form_submitted": "on", "secret": client.secrets.get().pk}

    answer = admin_client.post(page(client, "revoke_secret"), chosen, follow=True)

    ends = f"{secret[:4]}...{secret[-4:]}"
    assert f"The secret {ends} opens nothing now." in answer.content.decode()
    assert gets_in(client, secret) is None
    assert (
        f"Revoked the secret {ends}."
        in admin_client.get(page(client, "history")).content.decode()
    )


def test_a_dialog_is_answered_so_that_its_script_goes_to_the_page(
    admin_client, client_and_secret
):
    client, _ = client_and_secret
    sent = {"_form_submitted": "on"}

    answer = admin_client.post(
        page(client, "add_secret"), sent, headers={"HX-Request": "true"}
    )

    assert answer.headers["HX-Redirect"] == page(client)


def test_to_open_a_dialog_changes_nothing(admin_client, client_and_secret):
    client, secret = client_and_secret

    for name in ("add_secret", "revoke_secret"):
        assert admin_client.get(page(client, name)).status_code == 200

    assert ApiSecret.objects.count() == 1
    assert gets_in(client, secret) == client


def test_the_secret_of_another_client_is_no_choice(admin_client, client_and_secret):
    client, _ = client_and_secret
    other, secret = clients.create_client(
        unit=UnitFactory(), name="Other", scopes=SCOPES, now=timezone.now()
    )
    chosen = {"_form_submitted": "on", "secret": other.secrets.get().pk}

    answer = admin_client.post(page(client, "revoke_secret"), chosen)

    assert answer.status_code == 200
    assert "Select a valid choice." in answer.content.decode()
    assert gets_in(other, secret) == other


@pytest.mark.parametrize("name", ["add_secret", "revoke_secret"])
@pytest.mark.parametrize("key", ["999", "no-number"])
def test_a_dialog_of_no_client_is_not_found(admin_client, name, key):
    address = reverse(f"admin:accounts_apiclient_{name}", args=(key,))

    for answer in (admin_client.get(address), admin_client.post(address, {"days": 1})):
        assert answer.status_code == 404


def test_whoever_may_only_look_changes_no_secret(staff_client, client_and_secret):
    made, secret = client_and_secret
    may = ["accounts.view_apiclient", "accounts.view_apisecret"]
    client = staff_client("", made.unit, permissions=may)

    assert client.get(page(made)).status_code == 200
    for name in ("add_secret", "revoke_secret"):
        assert client.post(page(made, name), {"days": 1}).status_code == 403
    assert gets_in(made, secret) == made


def test_no_client_is_deleted(admin_client, client_and_secret):
    client, _ = client_and_secret

    assert admin_client.post(page(client, "delete")).status_code == 403


def test_a_client_is_found_by_its_id_and_its_name(admin_client, client_and_secret):
    client, _ = client_and_secret

    for text in (client.client_id, "till"):
        assert client.client_id in admin_client.get(LIST, {"q": text}).content.decode()
    nothing = admin_client.get(LIST, {"q": "kiosk"}).content.decode()
    assert client.client_id not in nothing


def test_the_list_takes_as_many_queries_for_twenty_clients_as_for_one(
    admin_client, client_and_secret, django_assert_num_queries
):
    admin_client.get(LIST)
    with django_assert_num_queries(5):
        admin_client.get(LIST)

    for number in range(19):
        clients.create_client(
            unit=UnitFactory(),
            name=f"Till {number}",
            scopes=SCOPES,
            now=timezone.now(),
        )

    with django_assert_num_queries(5):
        admin_client.get(LIST)


def test_staff_who_switch_the_eagle_eye_hash_on_are_told_to_add_a_secret(
    admin_client, client_and_secret
):
    client, secret = client_and_secret
    on = form_of(client, allow_eagle_eye_hash="on")
    told = "Add a secret now"

    switched = admin_client.post(page(client), on, follow=True).content.decode()
    again = admin_client.post(page(client), on, follow=True).content.decode()

    assert told in switched
    assert told not in again
    client.refresh_from_db()
    assert client.allow_eagle_eye_hash
    assert gets_in(client, secret) == client
    form = admin_client.get(page(client)).content.decode()
    assert "a secret that is added after this is switched on" in form
