"""A list asks the database as often for twenty rows as for two."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory, IdentityFactory
from loyalty.tests.api import client, statements
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
    UnitFactory,
)
from transactions import ledger
from transactions.models import SweepRun

LISTS = (
    "units",
    "schemes",
    "card-definitions",
    "members",
    "cards",
    "buckets",
    "transactions",
    "sweep-runs",
)

pytestmark = pytest.mark.django_db


def more(unit: Any) -> None:
    """One more of everything: a scheme, its rules, a member, a card with a history."""
    now = timezone.now()
    definition = CardDefinitionFactory(scheme=SchemeFactory(unit=unit))
    EarnRateFactory(card_definition=definition)
    BurnRateFactory(card_definition=definition)
    card: Any = CardFactory(definition=definition)
    IdentityFactory(member=card.member)
    ledger.credit(card=card, points=60, now=now)
    ledger.credit(card=card, points=60, now=now)
    spend = ledger.spend(card=card, points=100, reward="Tea", now=now)
    ledger.give_back(spend=spend, points=10, now=now)
    SweepRun.objects.create(name="activate_due", until=now, started_at=now)


def costs(api: Any) -> dict[str, int]:
    """How many statements each list sends for all that there is."""
    return {
        name: len(statements(lambda name=name: api.rows(f"{name}/", limit=250)))
        for name in LISTS
    }


def test_twenty_rows_cost_as_many_statements_as_two():
    unit = UnitFactory()
    api = client(unit)
    api.get("units/")  # notes that the secret was used, once a minute
    for _ in range(2):
        more(unit)
    few = costs(api)
    for _ in range(18):
        more(unit)
    assert costs(api) == few
    assert max(few.values()) <= 6
    assert all(len(api.rows(f"{name}/")) >= 20 for name in LISTS if name != "units")


def test_one_row_costs_at_most_one_statement_more_than_a_list():
    unit = UnitFactory()
    api = client(unit)
    more(unit)
    for name in LISTS:
        (row, *_) = api.rows(f"{name}/")
        in_list = len(statements(lambda name=name: api.rows(f"{name}/")))
        alone = len(
            statements(lambda name=name, row=row: api.get(f"{name}/{row['id']}/"))
        )
        assert alone <= in_list + 1, name
