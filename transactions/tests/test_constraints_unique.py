"""The database refuses a second row where there may be only one."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.db.models import UniqueConstraint
from django.db.transaction import atomic

from accounts.models import Card
from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
    UnitFactory,
)
from transactions.tests.possible_rows import (
    NOW,
    activation,
    active_bucket,
    allocation,
    api_client,
    api_secret,
    blames,
    calendar_figure,
    constraints,
    daily_figure,
    expiration,
    insert,
    job,
    job_chunk,
    other_bucket,
    request,
    unit_access,
    update,
)

pytestmark = pytest.mark.django_db


TOMORROW = NOW + timedelta(days=1)


def other_unit(access: Any) -> Any:
    return UnitFactory()


def other_member(card: Card) -> Any:
    return MemberFactory(unit=card.member.unit)


# (constraint, what makes a row, what a second row has other than the first and may not
# be written all the same, what else makes it possible)
TAKEN: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("scheme_reference_unique_in_unit", SchemeFactory, {}, {"reference": "other"}),
    (
        "card_definition_name_unique_in_scheme",
        CardDefinitionFactory,
        {},
        {"name": "other"},
    ),
    ("job_chunk_once_in_its_file", job_chunk, {}, {"number": 1}),
    ("job_chunk_once_in_its_file", job_chunk, {}, {"file": "OUTPUT"}),
    ("daily_figure_once", daily_figure, {}, {"type": "ADMIN_CREDIT"}),
    ("calendar_figure_once", calendar_figure, {}, {"day": TOMORROW}),
    ("unit_access_once_per_user", unit_access, {}, {"unit": other_unit}),
    ("earn_rate_band_unique", EarnRateFactory, {}, {"floor": 5}),
    ("earn_rate_band_unique", EarnRateFactory, {"points": 2}, {"name": "other"}),
    ("burn_rate_band_unique", BurnRateFactory, {}, {"floor": 200}),
    ("burn_rate_band_unique", BurnRateFactory, {"rate": 2}, {"name": "other"}),
    ("member_unique_in_unit", MemberFactory, {}, {"external_id": "other"}),
    (
        "identity_value_unique_in_unit",
        lambda: IdentityFactory(value="Ada@Example.com"),
        {"value": "ada@EXAMPLE.com", "type": "EMAIL"},
        {"value": "eve@example.com"},
    ),
    (
        "card_one_per_definition",
        CardFactory,
        {"code": "other"},
        {"member": other_member},
    ),
    (
        "card_code_unique_in_definition",
        CardFactory,
        {"member": other_member},
        {"code": "other"},
    ),
    (
        "transaction_idempotency_key_unique_on_card",
        request,
        {"bucket": other_bucket, "reference": "event-2"},
        {"idempotency_key": "request-2"},
    ),
    (
        "transaction_reference_unique_on_card",
        request,
        {"bucket": other_bucket, "idempotency_key": "request-2"},
        {"reference": "event-2"},
    ),
    (
        "transaction_one_open_request_per_bucket",
        request,
        {"reference": "", "idempotency_key": "", "status": "PROCESSING"},
        {"bucket": other_bucket},
    ),
    (
        "transaction_activates_a_bucket_once",
        activation,
        {},
        {"status": "PENDING"},
    ),
    (
        "transaction_expires_a_bucket_once",
        expiration,
        {"type": "POINTS_EXPIRED"},
        {"bucket": other_bucket, "status": "PENDING"},
    ),
    ("allocation_one_per_bucket", allocation, {"points": -1}, {}),
]


@pytest.mark.parametrize(("name", "make", "change", "possible"), TAKEN)
def test_a_second_row_is_refused_where_there_may_be_only_one(
    name, make, change, possible
):
    first = make()
    change, possible = resolved(change, first), resolved(possible, first)

    with pytest.raises(IntegrityError) as inserted, atomic():
        insert(first, **change)
    assert blames(inserted.value, name, type(first))
    if not possible:
        return  # no UPDATE may touch an allocation
    second = insert(first, **change | possible)
    impossible = {name: change.get(name, getattr(first, name)) for name in possible}
    with pytest.raises(IntegrityError) as updated, atomic():
        update(second, **impossible)
    assert blames(updated.value, name, type(first))


def test_every_unique_constraint_has_a_case():
    unique = {
        name
        for name, constraint in constraints().items()
        if isinstance(constraint, UniqueConstraint)
    }

    assert unique == {name for name, _, _, _ in TAKEN}


ROWS = {
    "schemes.unit": UnitFactory,
    "schemes.scheme": SchemeFactory,
    "schemes.carddefinition": CardDefinitionFactory,
    "accounts.member": MemberFactory,
    "accounts.card": CardFactory,
    "accounts.apiclient": api_client,
    "accounts.apisecret": api_secret,
    "transactions.job": job,
    "transactions.bucket": active_bucket,
    "transactions.transaction": request,
}
UNIQUE_COLUMNS = [
    (model._meta.label_lower, field.name)
    for app in ("schemes", "accounts", "transactions")
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.fields
    if field.unique and not field.primary_key
]


@pytest.mark.parametrize(("label", "column"), UNIQUE_COLUMNS)
def test_no_two_rows_share_what_names_them(label, column):
    first, second = ROWS[label](), ROWS[label]()

    with pytest.raises(IntegrityError, match=column), atomic():
        update(second, **{column: getattr(first, column)})


def resolved(columns: dict[str, Any], row: Any) -> dict[str, Any]:
    """The columns with what was only described made for this row."""
    return {
        name: value(row) if callable(value) else value
        for name, value in columns.items()
    }
