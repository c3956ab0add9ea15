"""Whatever goes wrong under /api/ is told in one shape, and never as a page."""

import json
import logging

import pytest
from django.test import Client, override_settings

from accounts.models import Member

MEMBERS = "/api/v1/members/"
FIELDS = {
    "code",
    "key",
    "message",
    "details",
    "request_id",
    "resource_id",
    "resource_type",
}
LONE_SURROGATE = r'{"external_id": "a", "name": "\ud800"}'

pytestmark = pytest.mark.django_db


def post(api, address, body, content_type="application/json", **headers):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return api.generic("POST", address, text, content_type=content_type, **headers)


def assert_refused(answer, status, key, *, details=None):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == FIELDS
    assert (body["code"], body["key"]) == (status, key)
    assert body["message"]
    assert isinstance(body["details"], str)
    assert body["request_id"] == answer["X-Request-Id"]
    if details is not None:
        assert body["details"].startswith(details), body["details"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"external_id": "m", "nmae": "Ada"}, "nmae: There is no such field."),
        ({"external_id": ["m"]}, "external_id: "),
        ({"external_id": {"a": 1}}, "external_id: "),
        ({}, "external_id: This field is required."),
        ({"external_id": None}, "external_id: "),
        ({"external_id": ""}, "external_id: "),
        ({"external_id": "m" * 201}, "external_id: "),
        ({"external_id": "m", "metadata": [1]}, "metadata: "),
        ({"external_id": "m", "identities": [{"value": ""}]}, "identities[0].value: "),
        ({"external_id": "m", "identities": {"value": "x"}}, "identities: "),
        ([], ""),
        ("text", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_member_that_is_none_is_refused_with_its_field(api, body, field):
    answer = post(api, MEMBERS, json.dumps(body))
    assert_refused(answer, 400, "invalid_input", details=field)


@pytest.mark.parametrize(
    "points", [0, -1, 1.5, "100", True, None, [1], 2**53, 2**63, 10**400, "x"]
)
def test_points_that_are_none_are_refused(api, program, points):
    answer = post(api, f"/api/v1/cards/{program.card.uuid}/spend/", {"points": points})
    assert_refused(answer, 400, "invalid_input", details="points: ")


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "2025-02-30T00:00:00Z", 5, "0000-00-00T00:00:00Z", None, []],
)
def test_a_date_that_is_none_is_refused(api, program, moment):
    address = f"/api/v1/cards/{program.card.uuid}/credit/"
    answer = post(api, address, {"points": 1, "occurred_at": moment})
    assert_refused(answer, 400, "invalid_input", details="occurred_at: ")


@pytest.mark.parametrize(
    "query", ["", "x", "2025-06-15", "2025-06-15T15:00:00", "2025-99-99T00:00:00Z"]
)
def test_a_balance_is_asked_for_at_a_moment_with_its_offset(api, program, query):
    answer = api.get(f"/api/v1/cards/{program.card.uuid}/balance/", {"at": query})
    assert_refused(answer, 400, "invalid_input", details="at: ")


@pytest.mark.parametrize(
    "query", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_the_ends_of_time_are_no_crash(api, program, query):
    for view in ("balance", "schedule"):
        answer = api.get(f"/api/v1/cards/{program.card.uuid}/{view}/", {"at": query})
        assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "text", ["", "{", "{'a': 1}", b"\xff\xfe", "NaN", '{"a": NaN}', "[" * 100_000]
)
def test_what_is_no_json_is_refused(api, text):
    answer = post(api, MEMBERS, text)
    assert answer.status_code == 400
    assert answer.json()["key"] in ("invalid_json", "invalid_input")


@pytest.mark.parametrize(
    "text",
    [
        r'{"external_id": "a\u0000b"}',
        r'{"external_id": "a", "metadata": {"x\u0000": 1}}',
        LONE_SURROGATE,
        '{"external_id": "a", "metadata": ' + '{"x":' * 60 + "1" + "}" * 60 + "}",
    ],
)
def test_what_the_database_cannot_keep_is_refused(api, text):
    assert_refused(post(api, MEMBERS, text), 400, "invalid_json")
    assert not Member.objects.filter(external_id__startswith="a").exists()


@pytest.mark.parametrize(
    "query", ["identity=%00", "external_id=%00", "ordering=%00", "cursor=%00", "%00=1"]
)
def test_a_nul_in_the_address_is_refused(api, query):
    assert_refused(api.get(f"{MEMBERS}?{query}"), 400, "invalid_input")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=251",
        "limit=x",
        "nothing=1",
        "status=",
        "ordering=name",
        "ordering=id,created_at",
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(api, query):
    field = query.partition("=")[0]
    answer = api.get(f"{MEMBERS}?{query}")
    assert_refused(answer, 400, "invalid_input", details=f"{field}: ")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_only_json_is_read(api, content_type):
    answer = post(api, MEMBERS, '{"external_id": "m"}', content_type)
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("key", [None, "k1"])
@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large_is_refused(api, key):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    answer = post(api, MEMBERS, {"external_id": "m" * 1000}, **headers)
    assert_refused(answer, 413, "body_too_large")


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/members/x/", "/api/x"]
)
def test_an_address_that_leads_nowhere_is_told_in_json(api, address, debug):
    with override_settings(DEBUG=debug):
        assert_refused(api.get(address), 404, "not_found")


def test_what_does_not_exist_is_named(api):
    uuid = "00000000-0000-4000-8000-000000000000"
    answer = api.get(f"{MEMBERS}{uuid}/")
    assert_refused(answer, 404, "not_found")
    assert answer.json()["resource_id"] == uuid
    assert answer.json()["resource_type"] == "member"


def test_a_method_that_is_not_there_is_refused(api):
    answer = api.put(MEMBERS, {}, content_type="application/json")
    assert_refused(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_an_answer_in_another_form_is_refused(api):
    answer = api.get(MEMBERS, headers={"Accept": "application/xml"})
    assert_refused(answer, 406, "not_acceptable")
    assert_refused(api.get(f"{MEMBERS}?format=xml"), 404, "not_found")


def test_a_crash_is_told_with_its_request_id_and_logged(api, monkeypatch, caplog):
    def fail(*arguments):
        raise RuntimeError("A bug.")

    monkeypatch.setattr("accounts.views.MemberViewSet.list", fail)
    api.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        answer = api.get(MEMBERS, headers={"X-Request-Id": "till-7.42"})
    assert_refused(answer, 500, "internal_error")
    assert answer.json()["request_id"] == "till-7.42"
    assert "A bug." not in answer.content.decode()
    assert "RuntimeError: A bug." in caplog.text


def test_a_crash_outside_the_views_is_told_in_json_too(api, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("A bug.")

    monkeypatch.setattr("loyalty.api.idempotency.caller_of", fail)
    api.raise_request_exception = False
    answer = post(api, MEMBERS, {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert_refused(answer, 500, "internal_error")


@override_settings(DEBUG=False)
def test_a_host_that_is_not_ours_is_told_in_json(api):
    answer = api.get(MEMBERS, headers={"Host": "evil.example.com"})
    assert_refused(answer, 400, "invalid_input")


def test_a_browser_is_shown_pages_if_it_asks_for_them(api):
    page = api.get(MEMBERS, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert Client().get(MEMBERS)["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (MEMBERS, '{"external_id": "a", "metadata": {"a": 1e400}}'),
        ("/api/v1/orders/a%00b/refund/", "{}"),
        (f"{MEMBERS}?cursor={'W1tb' * 600}", None),
        ("/api/v1/buckets/?earned_from=0001-01-01T00:00:00%2B14:00", None),
    ],
)
def test_what_no_database_could_keep_or_find_is_bad_input(api, address, body):
    answer = api.get(address) if body is None else post(api, address, body)

    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_a_browser_is_told_of_a_wrong_token_too():
    answer = Client().get(
        MEMBERS, headers={"Authorization": "Bearer lp_x.y", "Accept": "text/html"}
    )

    assert answer.status_code == 401
