"""A retry gets the first answer; a key and a reference stand for one thing only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Transaction
from transactions.tests.helpers import (
    TICK,
    assert_adds_up,
    card_with,
    everything,
    refused,
    shut,
    story,
)
from transactions.tests.verbs import DECISIONS, NOW, VERBS, stage

LATER = NOW + timedelta(days=400)
CAUSES = {
    "key": Cause(idempotency_key="K-1"),
    "reference": Cause(reference="R-1"),
    "both": Cause(idempotency_key="K-1", reference="R-1"),
}

pytestmark = pytest.mark.django_db
every_verb = pytest.mark.parametrize("verb", VERBS)
every_cause = pytest.mark.parametrize("by", CAUSES)


def test_every_verb_of_the_ledger_is_tried_here() -> None:
    verbs = {name for name in ledger.__all__ if name.islower()}
    without_replay = {"batch", "preview", "process", "quote", "settle"}

    assert verbs - without_replay == VERBS.keys() | DECISIONS


@every_verb
@every_cause
def test_a_retry_gets_the_first_answer_and_does_nothing(verb: str, by: str) -> None:
    act, _ = VERBS[verb]
    on = stage()

    first = act(on, NOW, CAUSES[by])
    after = everything()
    again = act(on, NOW, CAUSES[by])

    assert first == again != []
    assert everything() == after
    assert_adds_up(on.card)


@every_verb
@every_cause
def test_a_retry_gets_the_first_answer_even_after_the_world_moved_on(
    verb: str, by: str
) -> None:
    act, _ = VERBS[verb]
    on = stage()
    first = act(on, NOW, CAUSES[by])
    ledger.credit(card=on.card, points=7, now=NOW)
    shut(on.card, "blocked card", now=NOW)
    shut(on.card, "scheme over", now=LATER)
    after = everything()

    again = act(on, LATER, CAUSES[by])

    assert first == again
    assert everything() == after


@pytest.mark.parametrize("verb", DECISIONS)
def test_a_hold_is_decided_once_even_after_the_world_moved_on(verb: str) -> None:
    decide = DECISIONS[verb]
    on = stage()
    first = decide(hold=on.held, now=NOW)
    shut(on.card, "blocked card", now=NOW)
    shut(on.card, "scheme over", now=LATER)
    after = everything()

    again = decide(hold=on.held, now=LATER)

    assert first == again
    assert everything() == after
    assert_adds_up(on.card)


@every_verb
def test_a_key_that_comes_again_with_other_content_is_refused(verb: str) -> None:
    act, act_otherwise = VERBS[verb]
    on = stage()
    act(on, NOW, CAUSES["key"])

    with refused(ledger.IdempotencyConflict, field="idempotency_key"):
        act_otherwise(on, NOW, CAUSES["key"])


@every_verb
def test_a_reference_is_taken_for_ever(verb: str) -> None:
    act, act_otherwise = VERBS[verb]
    on = stage()
    act(on, NOW, CAUSES["reference"])

    with refused(ledger.ReferenceTaken, field="reference"):
        act_otherwise(on, NOW, CAUSES["reference"])
    with refused(ledger.ReferenceTaken, field="reference"):
        act_otherwise(on, LATER, Cause(reference="R-1", idempotency_key="K-2"))


@every_verb
@pytest.mark.parametrize(
    "other",
    [
        Cause(idempotency_key="K-1", reason="another"),
        Cause(idempotency_key="K-1", reference="R-1"),
        Cause(idempotency_key="K-1", metadata={"till": 7}),
        Cause(idempotency_key="K-1", occurred_at=NOW),
    ],
)
def test_why_and_when_it_happened_are_content_too(verb: str, other: Cause) -> None:
    act, _ = VERBS[verb]
    on = stage()
    act(on, NOW, CAUSES["key"])

    with refused(ledger.IdempotencyConflict, field="idempotency_key"):
        act(on, NOW, other)


@every_verb
def test_a_key_is_refused_for_every_other_verb(verb: str) -> None:
    on = stage()
    used_by = "debit" if verb == "credit" else "credit"
    VERBS[used_by][0](on, NOW, CAUSES["key"])

    with refused(ledger.IdempotencyConflict, field="idempotency_key"):
        VERBS[verb][0](on, NOW, CAUSES["key"])


@pytest.mark.parametrize("other", ["activate", "cancel", "request_cancellation"])
def test_a_key_is_refused_for_another_verb_with_the_same_content(other: str) -> None:
    on = stage()
    VERBS["request_activation"][0](on, NOW, CAUSES["key"])

    with refused(ledger.IdempotencyConflict, field="idempotency_key"):
        VERBS[other][0](on, NOW, CAUSES["key"])


@every_verb
@every_cause
def test_a_key_and_a_reference_are_free_on_another_card(verb: str, by: str) -> None:
    act, _ = VERBS[verb]
    on = stage()
    other = stage(card_with(on.card.definition))

    first, second = act(on, NOW, CAUSES[by]), act(other, NOW, CAUSES[by])

    assert first != second
    ours = second[0] if isinstance(second, list) else second
    assert ours.card == other.card
    assert_adds_up(other.card)


@every_verb
@every_cause
def test_a_retry_that_names_another_actor_is_a_retry(verb: str, by: str) -> None:
    act, _ = VERBS[verb]
    on = stage()
    cause = CAUSES[by]
    first = act(on, NOW, cause)

    again = act(
        on,
        NOW,
        Cause(
            reference=cause.reference,
            idempotency_key=cause.idempotency_key,
            actor="client:pos-7",
        ),
    )

    assert first == again


def test_a_retry_of_a_spend_that_emptied_the_card_gets_its_first_answer(
    simple_card: Card, now: datetime
) -> None:
    ledger.earn(card=simple_card, points=10, now=now)
    cause = Cause(idempotency_key="K-1")

    first = ledger.spend(card=simple_card, points=10, now=now, cause=cause)
    again = ledger.spend(card=simple_card, points=10, now=now, cause=cause)

    assert first == again
    assert story(simple_card)[1:] == [("POINTS_SPENT_ON_ORDER", -10, 0)]


@every_cause
def test_an_activation_of_points_that_were_due_is_answered_again(
    recipe_card: Card, now: datetime, by: str
) -> None:
    bucket = ledger.earn(card=recipe_card, points=10, now=now).bucket
    due = now + timedelta(days=6)
    assert bucket

    first = ledger.activate(bucket=bucket, now=due, cause=CAUSES[by])
    again = ledger.activate(bucket=bucket, now=LATER, cause=CAUSES[by])

    assert first == again
    assert story(recipe_card)[1:] == [("PENDING_POINTS_ACTIVATED", 10, -10)]


def test_a_refused_call_leaves_its_key_and_reference_free(
    simple_card: Card, now: datetime
) -> None:
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=10, now=now, cause=CAUSES["both"])
    ledger.earn(card=simple_card, points=10, now=now)

    spent = ledger.spend(card=simple_card, points=10, now=now, cause=CAUSES["both"])

    assert (spent.idempotency_key, spent.reference) == ("K-1", "R-1")


def test_an_order_too_small_for_a_point_is_answered_again_too(
    simple_card: Card, now: datetime
) -> None:
    order = Order(reference="A-1", amount=1)

    first = ledger.earn(card=simple_card, order=order, now=now, cause=CAUSES["key"])
    again = ledger.earn(card=simple_card, order=order, now=LATER, cause=CAUSES["key"])

    assert first == again
    assert story(simple_card) == [("POINTS_EARNED", 0, 0)]


@pytest.mark.parametrize("grant", [ledger.earn, ledger.credit])
def test_a_moment_written_in_another_zone_is_the_same_content(
    simple_card: Card, now: datetime, grant: Callable[..., Transaction]
) -> None:
    def moments(shift: timedelta = timedelta(0), **zone: Any) -> dict[str, Any]:
        return {
            "valid_from": (now + timedelta(days=1)).astimezone(**zone),
            "valid_to": (now + timedelta(days=9) + shift).astimezone(**zone),
            "cause": Cause(idempotency_key="K-1", occurred_at=now.astimezone(**zone)),
        }

    first = grant(card=simple_card, points=5, now=now, **moments(tz=now.tzinfo))
    again = grant(card=simple_card, points=5, now=now, **moments(tz=UTC))

    assert first == again
    with refused(ledger.IdempotencyConflict):
        grant(card=simple_card, points=5, now=now, **moments(TICK, tz=UTC))


@pytest.mark.parametrize("approved", [True, False])
def test_a_request_is_answered_again_after_it_was_processed(approved: bool) -> None:
    act, _ = VERBS["request_activation"]
    on = stage()
    first = act(on, NOW, CAUSES["both"])
    if not approved:
        ledger.cancel(bucket=on.waiting, now=NOW)
    ledger.process(requests=[first], now=NOW)

    again = act(on, NOW, CAUSES["both"])

    assert first == again
    assert again.status == ("APPROVED" if approved else "REJECTED")


def test_a_retry_of_an_event_that_activated_nothing_activates_nothing() -> None:
    act, _ = VERBS["activate_on_event"]
    on = stage()
    ledger.cancel(bucket=on.waiting, now=NOW)
    ledger.cancel(bucket=on.waiting_too, now=NOW)
    first = act(on, NOW, CAUSES["key"])
    ledger.earn(card=on.card, points=5, now=NOW + TICK)

    again = act(on, NOW + timedelta(days=1), CAUSES["key"])

    assert (first, again) == ([], [])


def test_calls_without_key_and_reference_are_never_retries(
    simple_card: Card, now: datetime
) -> None:
    for _ in range(2):
        ledger.credit(card=simple_card, points=5, now=now)

    assert story(simple_card) == [("ADMIN_CREDIT", 5, 0)] * 2
