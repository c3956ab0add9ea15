"""Whatever is done to a card, in whatever order: the promises hold after each step."""

import os
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from transactions.tests.ledger_machine import LedgerMachine

# HYPOTHESIS_PROFILE=thorough plays for minutes, and tells a failure in few steps.
COMMON: dict[str, Any] = {
    "suppress_health_check": [HealthCheck.data_too_large],
    "print_blob": True,
}
settings.register_profile(
    "quick",
    max_examples=12,
    stateful_step_count=20,
    phases=set(Phase) - {Phase.shrink, Phase.explain},
    **COMMON,
)
settings.register_profile(
    "thorough", max_examples=200, stateful_step_count=40, **COMMON
)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


class RecipeMachine(LedgerMachine):
    """Points wait five days and last to the end of a month; refunds stop at zero."""

    definition: ClassVar[dict[str, Any]] = {"recipe": True}


class OverdraftMachine(LedgerMachine):
    """Points wait a day and last a month; debits and refunds go below zero."""

    definition: ClassVar[dict[str, Any]] = {
        "pending_mode": "PERIOD_BASED",
        "pending_period": "1D",
        "expiry_mode": "ROLLING",
        "expiry_period": "1M",
        "refunds": "BELOW_ZERO",
        "allow_negative": True,
    }


class EventMachine(LedgerMachine):
    """Points wait for a delivery, at most 30 days, and then last two months."""

    definition: ClassVar[dict[str, Any]] = {
        "pending_mode": "EVENT_BASED",
        "pending_events": ["delivered"],
        "pending_deadline": "30D",
        "expiry_mode": "ROLLING",
        "expiry_period": "2M",
        "expiry_from": "ACTIVATED",
    }


@pytest.mark.parametrize("machine", [RecipeMachine, OverdraftMachine, EventMachine])
def test_the_promises_hold_whatever_is_done_in_whatever_order(db, machine):
    run_state_machine_as_test(machine, settings=PROFILE)
