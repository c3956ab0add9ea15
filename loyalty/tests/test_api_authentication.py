"""Who gets in: programs with their secrets, staff with their session, nobody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from accounts import clients
from accounts.models import ApiSecret
from accounts.tests.factories import MemberFactory
from loyalty.tests.program import make_client
from schemes.models import UnitAccess
from schemes.tests.factories import UnitFactory

MEMBERS = "/api/v1/members/"

pytestmark = pytest.mark.django_db


def get(address=MEMBERS, *, remote="127.0.0.1", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(headers=names, REMOTE_ADDR=remote).get(address)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def key_of(response):
    return response.status_code, response.json()["key"]


@pytest.fixture
def client_and_secret():
    return make_client(UnitFactory())


@pytest.fixture
def unit():
    return UnitFactory()


@pytest.fixture
def staff(staff_client, unit):
    """A member of the unit's staff who may see members, and their browser."""
    user = staff_client("", unit, permissions=["accounts.view_member"]).user
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return user, browser


def test_the_token_lets_a_program_in_as_a_bearer(client_and_secret):
    client, secret = client_and_secret
    token = clients.token(client=client, secret=secret)
    assert get(Authorization=f"Bearer {token}").status_code == 200
    assert get(Authorization=f"bearer  {token}").status_code == 200


def test_the_pair_of_headers_takes_the_secret_or_the_token(client_and_secret):
    client, secret = client_and_secret
    token = clients.token(client=client, secret=secret)
    for text in (secret, token):
        answer = get(X_App_Id=client.client_id, X_App_Token=text)
        assert answer.status_code == 200, text


def test_nobody_gets_in_without_credentials():
    answer = get()
    assert key_of(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="Loyalty"'


@pytest.mark.parametrize(
    "text", ["", "x", ".", "x.", ".x", "x.y", "\x00.x", "lp_ü.x", "lp_a." + "x" * 5000]
)
def test_what_is_no_token_opens_nothing(text):
    answer = Client(HTTP_AUTHORIZATION=f"Bearer {text}").get(MEMBERS)
    assert answer.status_code == 401
    assert answer.json()["key"] in ("invalid_credentials", "not_authenticated")
    assert answer["WWW-Authenticate"]


def test_a_wrong_secret_and_another_clients_secret_open_nothing(client_and_secret):
    client, secret = client_and_secret
    other, _ = make_client(client.unit)
    for client_id, text in [
        (client.client_id, secret + "x"),
        (other.client_id, secret),
    ]:
        answer = get(X_App_Id=client_id, X_App_Token=text)
        assert key_of(answer) == (401, "invalid_credentials")


def test_half_of_the_pair_of_headers_is_nothing(client_and_secret):
    client, secret = client_and_secret
    assert key_of(get(X_App_Id=client.client_id)) == (401, "not_authenticated")
    assert key_of(get(X_App_Token=secret)) == (401, "not_authenticated")


def test_a_revoked_secret_opens_nothing_and_its_successor_does(client_and_secret):
    client, secret = client_and_secret
    now = timezone.now()
    _, second = clients.add_secret(client=client, now=now)
    clients.revoke_secret(secret=ApiSecret.objects.order_by("pk")[0], now=now)
    first = get(**bearer(f"{client.client_id}.{secret}"))
    assert key_of(first) == (401, "invalid_credentials")
    assert get(**bearer(f"{client.client_id}.{second}")).status_code == 200


def test_an_expired_secret_opens_nothing():
    now = timezone.now()
    client, secret = make_client(
        UnitFactory(), now=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    answer = get(**bearer(f"{client.client_id}.{secret}"))
    assert key_of(answer) == (401, "invalid_credentials")


def test_a_client_that_is_switched_off_gets_nowhere():
    client, secret = make_client(UnitFactory(), is_active=False)
    answer = get(**bearer(f"{client.client_id}.{secret}"))
    assert key_of(answer) == (401, "invalid_credentials")


def test_a_client_calls_only_from_its_addresses():
    client, secret = make_client(UnitFactory(), allowed_addresses=["192.0.2.0/24"])
    token = bearer(f"{client.client_id}.{secret}")
    assert get(remote="192.0.2.77", **token).status_code == 200
    assert key_of(get(remote="198.51.100.1", **token)) == (403, "address_not_allowed")
    # Who calls is what the connection says, not what a header claims.
    answer = get(remote="198.51.100.1", X_Forwarded_For="192.0.2.77", **token)
    assert key_of(answer) == (403, "address_not_allowed")


def test_a_client_needs_the_scope_and_is_told_which():
    client, secret = make_client(UnitFactory(), scopes=["schemes:read"])
    token = bearer(f"{client.client_id}.{secret}")
    assert get("/api/v1/schemes/", **token).status_code == 200
    answer = get(**token)
    assert key_of(answer) == (403, "not_permitted")
    assert "members:read" in answer.json()["message"]
    posted = Client(headers=token).post(
        "/api/v1/schemes/", {}, content_type="application/json"
    )
    assert posted.status_code == 403
    assert "schemes:write" in posted.json()["message"]


def test_staff_see_what_their_permissions_say(staff):
    _, browser = staff
    assert browser.get(MEMBERS).status_code == 200
    answer = browser.get("/api/v1/transactions/")
    assert key_of(answer) == (403, "not_permitted")


def test_staff_need_a_csrf_token_to_write_and_the_permission_to_change(staff):
    user, browser = staff
    for name in ("add_member", "change_member"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    body = {"external_id": "m-1", "name": "Ada"}
    answer = browser.post(MEMBERS, body, content_type="application/json")
    assert key_of(answer) == (403, "not_permitted")
    assert "CSRF" in answer.json()["message"]
    browser.get("/admin/login/")
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post(
        MEMBERS,
        body,
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert answer.status_code == 201, answer.content


def test_staff_name_the_unit_they_act_for(staff, unit):
    user, browser = staff
    first, second = unit, UnitFactory()
    UnitAccess.objects.create(user=user, unit=second)
    ada, bob = MemberFactory(unit=first), MemberFactory(unit=second)
    for each, member in [(first, ada), (second, bob)]:
        found = browser.get(f"{MEMBERS}?unit={each.incoming_identifier}").json()
        assert [row["id"] for row in found["results"]] == [str(member.uuid)]
    for query in ("", "?unit=nothing", "?unit=", "?unit=%00"):
        answer = browser.get(MEMBERS + query)
        assert key_of(answer) == (400, "invalid_input"), query
        assert answer.json()["details"].startswith("unit: ")


def test_staff_get_no_further_than_the_units_they_work_for(staff, unit):
    _, browser = staff
    own, other = MemberFactory(unit=unit), MemberFactory()
    assert [row["id"] for row in browser.get(MEMBERS).json()["results"]] == [
        str(own.uuid)
    ]
    foreign = browser.get(f"{MEMBERS}?unit={other.unit.incoming_identifier}")
    unknown = browser.get(f"{MEMBERS}?unit=nothing")
    assert key_of(foreign) == key_of(unknown) == (400, "invalid_input")
    assert foreign.json()["message"] == unknown.json()["message"]
    assert browser.get(f"{MEMBERS}{other.uuid}/").status_code == 404


def test_staff_of_no_unit_act_for_none_even_where_there_is_but_one(staff_client, unit):
    answer = staff_client("Manager").get(MEMBERS)
    assert key_of(answer) == (400, "invalid_input")


def test_a_program_does_not_choose_its_unit(client_and_secret):
    client, secret = client_and_secret
    MemberFactory(unit=client.unit)
    other = MemberFactory().unit
    token = bearer(f"{client.client_id}.{secret}")
    answer = get(f"{MEMBERS}?unit={other.incoming_identifier}", **token)
    assert key_of(answer) == (400, "invalid_input")


def test_people_who_are_not_staff_are_strangers():
    UnitFactory()
    browser = Client()
    browser.force_login(User.objects.create_user("eve", password="x"))
    assert key_of(browser.get(MEMBERS)) == (401, "not_authenticated")


def test_wrong_credentials_are_not_mended_by_a_session(staff):
    UnitFactory()
    _, browser = staff
    answer = browser.get(MEMBERS, headers=bearer("lp_x.y"))
    assert key_of(answer) == (401, "invalid_credentials")
