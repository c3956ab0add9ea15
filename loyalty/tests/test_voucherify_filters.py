"""What `filters[...]` asks of a list of Voucherify's, kind by kind."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import Member
from accounts.tests.factories import MemberFactory
from loyalty.doors.voucherify.filters import (
    DateFilter,
    EnumFilter,
    IdFilter,
    InvalidQuery,
    TextFilter,
    condition,
)
from loyalty.doors.voucherify.ids import Kind, write
from loyalty.tests.api import client
from loyalty.tests.voucherify_cards import listed, of_card, refused
from transactions import ledger

pytestmark = pytest.mark.django_db

FILTERS = {
    "id": IdFilter(Kind.MEMBER),
    "name": TextFilter("name"),
    "status": EnumFilter("status", {"ACTIVE": "ACTIVE", "OFF": "INACTIVE"}),
    "created_at": DateFilter("created_at"),
}
JUNE = {"Ann": 8, "Bea": 10, "Cid": 12}  # who joined on which day, at noon
NOW = datetime(2025, 6, 12, 12, tzinfo=UTC)


@pytest.fixture
def uuids():
    """Three members: Ann, Bea, who is not active, and Cid."""
    return {
        name: MemberFactory(
            name=name,
            status="INACTIVE" if name == "Bea" else "ACTIVE",
            created_at=datetime(2025, 6, day, 12, tzinfo=UTC),
        ).uuid
        for name, day in JUNE.items()
    }


def found(*conditions, **more):
    """The first letters of the members whom the conditions let through."""
    query = [(f"filters{key}", value) for key, value in conditions]
    parameters = QueryDict(urlencode([*query, *more.items()]))
    asked = condition(parameters, FILTERS, now=NOW)
    names = Member.objects.filter(asked).order_by("name").values_list("name", flat=True)
    return "".join(name[0] for name in names)


def on(field, operator, *texts):
    """One condition of a field, with each of its values."""
    return [(f"[{field}][conditions][{operator}]", text) for text in texts]


@pytest.mark.parametrize(
    ("field", "operator", "texts", "letters"),
    [
        ("status", "$is", ["OFF"], "B"),
        ("status", "$is_not", ["OFF"], "AC"),
        ("status", "$in", ["OFF", "ACTIVE"], "ABC"),
        ("status", "$not_in", ["OFF", "ACTIVE"], ""),
        ("name", "$is", ["Ann"], "A"),
        ("name", "$is", ["ann"], ""),
        ("name", "$is_not", ["Ann"], "BC"),
        ("name", "$in", ["Ann", "Cid"], "AC"),
        ("name", "$contains", ["N"], "A"),
        ("name", "$contains", ["%"], ""),
        ("name", "$not_contain", ["n"], "BC"),
        ("name", "$starts_with", ["c"], "C"),
        ("name", "$ends_with", ["A"], "B"),
        ("name", "$has_value", ["true"], "ABC"),
        ("name", "$is_unknown", [""], ""),
        ("created_at", "$before", ["2025-06-10"], "A"),
        ("created_at", "$after", ["2025-06-10"], "C"),
        ("created_at", "$before", ["2025-06-10T12:00:00Z"], "A"),
        ("created_at", "$before", ["2025-06-10T12:00:00.000001Z"], "AB"),
        ("created_at", "$after", ["2025-06-10T12:00:00Z"], "C"),
        ("created_at", "$after", ["2025-06-10T12:00:00+00:01"], "BC"),
        ("created_at", "$is", ["0"], "C"),
        ("created_at", "$is", ["2"], "B"),
        ("created_at", "$is", ["1"], ""),
        ("created_at", "$more_than", ["2"], "A"),
        ("created_at", "$more_than", ["1"], "AB"),
        ("created_at", "$less_than", ["2"], "C"),
        ("created_at", "$less_than", ["99999"], "ABC"),
        ("created_at", "$has_value", ["true"], "ABC"),
    ],
)
def test_an_operator_lets_through(uuids, field, operator, texts, letters):
    assert found(*on(field, operator, *texts)) == letters


def test_an_id_is_one_of_the_kind(uuids):
    ann, bea = (write(Kind.MEMBER, uuids[name]) for name in ("Ann", "Bea"))
    assert found(*on("id", "$is", ann)) == "A"
    assert found(*on("id", "$is_not", ann)) == "BC"
    assert found(*on("id", "$in", ann, bea, "lmbr_nobody")) == "AB"
    assert found(*on("id", "$not_in", ann, bea)) == "C"
    assert found(*on("id", "$is", "\N{WRAPPED PRESENT}")) == ""
    assert found(*on("id", "$is_not", "nobody")) == "ABC"


@pytest.mark.parametrize("form", ["[]", "[0]", "[7]"])
def test_an_array_may_be_written_in_other_ways(uuids, form):
    name = f"[name][conditions][$in]{form}"
    assert found((name, "Ann")) == "A"
    assert found((name, "Ann"), ("[name][conditions][$in][1]", "Bea")) == "AB"
    assert found((f"[name][conditions][$is]{form}", "Bea")) == "B"


def test_all_fields_must_agree_unless_one_will_do(uuids):
    both = [*on("name", "$is", "Ann"), *on("status", "$is", "OFF")]
    assert found(*both) == ""
    assert found(*both, ("[junction]", "AND")) == ""
    assert found(*both, ("[junction]", "OR")) == "AB"


def test_several_conditions_on_one_field_all_hold(uuids):
    between = [
        *on("created_at", "$after", "2025-06-08"),
        *on("created_at", "$before", "2025-06-12"),
    ]
    assert found(*between, ("[junction]", "OR")) == "B"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("[height][conditions][$is]", "3"),
        ("[name][conditions][$before]", "x"),
        ("[name][conditions][$is]", "\0"),
        ("[status][conditions][$is]", "ON"),
        ("[status][conditions][$contains]", "ACTIVE"),
        ("[id][conditions][$contains]", "lmbr_"),
        ("[created_at][conditions][$in]", "2025-06-10"),
        ("[created_at][conditions][$before]", "yesterday"),
        ("[created_at][conditions][$before]", "2025-13-01"),
        ("[created_at][conditions][$before]", "0001-01-01T00:00:00+23:00"),
        ("[created_at][conditions][$after]", "9999-12-31"),
        ("[created_at][conditions][$more_than]", "-1"),
        ("[created_at][conditions][$more_than]", "9" * 400),
        ("[created_at][conditions][$is]", "1.5"),
        ("[name][conditions][$has_value]", "perhaps"),
        ("[junction]", "XOR"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(uuids, name, text):
    with pytest.raises(InvalidQuery) as caught:
        found((name, text))
    assert caught.value.field == f"filters{name}"


@pytest.mark.parametrize(
    ("field", "operator", "most"),
    [("id", "$is", 1), ("id", "$in", 100), ("name", "$in", 10), ("status", "$is", 1)],
)
def test_a_condition_takes_so_many_values(field, operator, most):
    text = "ACTIVE"
    assert found(*on(field, operator, *[text] * most)) == ""
    with pytest.raises(InvalidQuery):
        found(*on(field, operator, *[text] * (most + 1)))


@pytest.mark.parametrize(
    "name",
    [
        "filters",
        "filters[id]",
        "filters[id][$is]",
        "filters[id][conditions]",
        "filters[id][conditions][is]",
        "filters[id][conditions][$is][x]",
        "filters[id][conditions][$is][0][0]",
    ],
)
def test_what_only_looks_like_a_filter_is_refused(recipe_card, name):
    api = client(recipe_card.member.unit)
    response = api.get(of_card(recipe_card, "transactions"), **{name: "x"})
    assert refused(response) == (400, "invalid_query_params")
    assert name in response.json()["details"]


def test_transactions_are_filtered_by_id_and_by_date(recipe_card, now):
    api = client(recipe_card.member.unit)
    address = of_card(recipe_card, "transactions")
    for days in range(3):
        at = now + timedelta(days=days)
        ledger.credit(card=recipe_card, points=days + 1, now=at)
    everything = [row["id"] for row in listed(api, address)]
    one = {"filters[id][conditions][$is]": everything[1]}
    assert [row["id"] for row in listed(api, address, **one)] == [everything[1]]
    late = {"filters[created_at][conditions][$after]": "2025-06-10"}
    assert [row["id"] for row in listed(api, address, **late)] == everything[:2]
    none = {"filters[created_at][conditions][$before]": "2025-06-10"}
    assert listed(api, address, **none) == []
    for name in ("pending-points", "expiring-points"):
        assert refused(api.get(of_card(recipe_card, name), **one))[0] == 400
