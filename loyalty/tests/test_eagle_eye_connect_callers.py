"""Eagle Eye's POS Connect: who may call it, and for whom."""

import pytest
from django.test import Client

from accounts import operations
from accounts.models import Member
from loyalty.tests.api import client
from loyalty.tests.till import basket, make_till, nothing_written, refused

ORIGINAL = {"reference": "A-1"}
# Each call, with a body that would do, and the scope that it needs.
CALLS = {
    "open": ({"basket": basket(500)}, "points:read"),
    "settle": ({"reference": "A-2", "basket": basket(500)}, "points:write"),
    "refund": ({"reference": "R-1", "originalTransaction": ORIGINAL}, "points:write"),
    "spend": ({"reference": "S-2", "points": 100}, "points:write"),
    "spend/spend": ({"reference": "S-2", "points": 100}, "points:write"),
    "spend/calculate": ({"points": 100}, "points:read"),
    "spend/void": ({"reference": "S-1"}, "points:write"),
}

pytestmark = pytest.mark.django_db
every_call = pytest.mark.parametrize("call", CALLS)


@pytest.fixture
def till():
    """A shopper with points, a basket that was settled and points that are locked."""
    made = make_till()
    made.settle("A-1", 100_000)
    made.lock("S-1", 100)
    return made


def post(till, call, **body):
    return till.post(call, **{**CALLS[call][0], **body})


@every_call
def test_every_call_answers_on_both_addresses(till, call):
    first = post(till, call)
    till.root = "/2.0/connect/wallet"

    again = post(till, call)

    assert (first.status_code, again.status_code) == (200, 200)
    assert set(again.json()) == set(first.json())


@every_call
def test_every_call_needs_credentials(till, call):
    till.api.http = Client()

    assert refused(post(till, call))[0] == 401


@every_call
def test_every_call_needs_its_scope(till, call):
    scope = CALLS[call][1]
    others = {"points:read", "points:write", "cards:write", "members:write"} - {scope}
    till.api = client(till.card.member.unit, scopes=sorted(others))

    with nothing_written():
        assert refused(post(till, call))[0] == 403
    till.api = client(till.card.member.unit, scopes=[scope])
    assert post(till, call).status_code == 200


@every_call
@pytest.mark.parametrize("value", ["nobody", "9" * 200, "🙂", "' OR 1=1 --"])
def test_an_identity_that_nobody_has_is_not_found(till, call, value):
    with nothing_written():
        response = post(till, call, identity={"identityValue": value})

    assert refused(response) == (404, "NOT_FOUND")


@every_call
def test_a_shopper_of_another_unit_is_not_found(till, call):
    stranger = make_till()
    theirs = {"identity": {"identityValue": stranger.value}}
    by_id = {"identity": None, "walletId": str(stranger.card.member_id)}

    with nothing_written():
        assert refused(post(till, call, **theirs)) == (404, "NOT_FOUND")
        assert refused(post(till, call, **by_id)) == (404, "NOT_FOUND")


@every_call
@pytest.mark.parametrize("wallet_id", ["0", "-1", "9" * 400, "²", "1.0", "one"])
def test_a_malformed_wallet_id_finds_nothing(till, call, wallet_id):
    response = post(till, call, identity=None, walletId=wallet_id)

    assert refused(response) == (404, "NOT_FOUND")


@every_call
@pytest.mark.parametrize(
    "identity", ["nobody", [], {}, {"identityValue": None}, {"identityValue": {}}]
)
def test_an_identity_of_the_wrong_form_is_refused_by_name(till, call, identity):
    with nothing_written():
        response = post(till, call, identity=identity)

    assert refused(response)[0] == 400
    assert response.json()["errorDescription"].startswith("identity")


@pytest.mark.parametrize("call", [call for call in CALLS if call != "refund"])
def test_without_an_identity_or_an_id_nobody_is_meant(till, call):
    response = post(till, call, identity=None)

    assert refused(response) == (400, "INVALID_INPUT")
    assert response.json()["errorDescription"].startswith("identity")


@every_call
@pytest.mark.parametrize("body", ["[]", "7", "null", '"text"', "{", "", "[{}]"])
def test_a_body_that_is_no_object_is_refused(till, call, body):
    response = till.api.http.post(
        f"/connect/wallet/{call}", body, content_type="application/json"
    )

    assert refused(response)[0] == 400


@every_call
def test_only_a_post_is_answered(till, call):
    assert refused(till.api.get(f"/connect/wallet/{call}"))[0] == 405


@pytest.mark.parametrize("call", ["settle", "refund", "spend", "spend/calculate"])
def test_a_wallet_that_is_not_active_is_refused(till, call):
    operations.change_member_status(
        member=till.card.member, status=Member.Status.INACTIVE
    )

    with nothing_written():
        assert refused(post(till, call)) == (423, "MEMBER_NOT_ACTIVE")


@pytest.mark.parametrize("text", ["2024-06-01\x00", "\ud800"])
def test_text_that_cannot_be_kept_is_refused(till, text):
    response = till.post("settle", reference=text, basket=basket(500))

    assert refused(response)[0] == 400


def test_what_no_rule_reads_is_kept_as_it_was_sent(till):
    sent = {**basket(500), "payment": [{"tender": "CASH"}], "contents": None}

    answer = till.call("settle", reference="A-2", basket=sent)

    kept = till.card.transactions.get(reference="A-2").details["metadata"]
    assert kept["basket"] == sent
    assert answer["walletTransactions"][0]["basket"]["payment"] == sent["payment"]


@pytest.mark.parametrize("call", ["fulfil", "unlock", "transaction", "spend/settle"])
def test_what_is_not_spoken_is_nowhere(till, call):
    assert refused(till.post(call)) == (404, "NOT_FOUND")
