"""What "Activate pending points" answers is what Voucherify's own document says."""

from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has none

from loyalty.doors.voucherify.views.pending_points import ActivationViewSet
from loyalty.tests.api import client
from loyalty.tests.voucherify_cards import pending
from transactions import ledger
from transactions.models import Bucket

CONTRACT = (
    Path(__file__).parent / "contracts/voucherify_activate_pending_points.openapi.yaml"
)
PATH = (
    "/v2/loyalties/programs/{programId}/members/{memberId}/cards/{cardId}"
    "/pending-points/{bucketId}/activate"
)


@pytest.fixture
def bucket(recipe_card, now):
    ledger.earn(card=recipe_card, points=200, now=now)
    bucket = Bucket.objects.get()
    far = now.replace(year=now.year + 100)
    ledger.reschedule(bucket=bucket, activates_at=far, expires_at=None, now=now)
    return Bucket.objects.get()


@pytest.fixture
def api(recipe_card):
    return client(recipe_card.member.unit)


@cache
def contract():
    return yaml.safe_load(CONTRACT.read_text())


def schema_of(status):
    """The schema of the operation's answer with this status."""
    answer = contract()["paths"][PATH]["post"]["responses"][status]
    if reference := answer.get("$ref"):
        answer = contract()["components"]["responses"][reference.split("/")[-1]]
    return answer["content"]["application/json"]["schema"]


def as_agreed(response, status):
    """The body of the answer, which must be as the document says."""
    assert response.status_code == status, response.content
    schema = {**schema_of(str(status)), "components": contract()["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    body = response.json()
    Draft202012Validator(schema, format_checker=checker).validate(body)
    return body


def test_the_contract_would_notice_a_wrong_answer(api, bucket):
    body = api.post(pending(bucket, "activate")).json()
    schema = {**schema_of("200"), "components": contract()["components"]}
    validator = Draft202012Validator(schema)
    assert validator.is_valid(body)
    assert not validator.is_valid(body | {"status": "DONE"})
    for name in ("id", "type", "status", "details", "updated_at"):
        body["transaction"], kept = body["transaction"] | {name: 7}, body["transaction"]
        assert not validator.is_valid(body), name
        body["transaction"] = kept


def test_an_activation_is_answered_as_agreed(api, bucket):
    body = as_agreed(api.post(pending(bucket, "activate")), 200)
    agreed = contract()["components"]["schemas"]
    assert set(agreed["PointsActivationResponse"]["properties"]) == set(body)
    told = body["transaction"]
    assert set(agreed["CardTransaction"]["properties"]) <= set(told)
    assert {"reason", "metadata", "rejection", "points"} == set(told["details"])


def test_an_activation_that_is_asked_for_already_is_answered_as_agreed(api, bucket):
    api.post(pending(bucket, "activate"))
    body = as_agreed(api.post(pending(bucket, "activate")), 200)
    assert (body["status"], body["transaction"]) == ("NO_ACTIVATION", None)


@pytest.mark.parametrize("part", ["lprg_", "lmbr_", "lcrd_", "lcppb_"])
def test_what_is_not_there_is_answered_as_agreed(api, bucket, part):
    address = pending(bucket, "activate").replace(part, f"{part}0")
    as_agreed(api.post(address), 404)


def test_what_stands_in_the_way_is_answered_as_agreed(api, bucket, now):
    ledger.cancel(bucket=bucket, now=now)
    as_agreed(api.post(pending(bucket, "activate")), 423)
    definition = bucket.card.definition
    definition.status = "INACTIVE"
    definition.save()
    as_agreed(api.post(pending(bucket, "activate")), 423)


def test_what_goes_wrong_is_answered_as_agreed(api, bucket, monkeypatch):
    def fail(**arguments):
        raise RuntimeError

    api.http.raise_request_exception = False
    monkeypatch.setattr(ActivationViewSet, "request_", staticmethod(fail))
    body = as_agreed(api.post(pending(bucket, "activate")), 500)
    assert (body["code"], bool(body["request_id"])) == (500, True)
