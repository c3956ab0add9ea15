"""The database refuses impossible rows by itself, and says which rule they break.

Every CHECK constraint of schemes, accounts and transactions has a case here: a possible
row, and the change that makes it impossible. An INSERT and an UPDATE are tried.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import CheckConstraint
from django.db.transaction import atomic, set_rollback

from accounts.tests.factories import CardFactory, IdentityFactory, MemberFactory
from schemes.tests.factories import (
    BurnRateFactory,
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
    UnitFactory,
)
from transactions.models import Allocation, Transaction
from transactions.tests.possible_rows import (
    NOW,
    active_bucket,
    allocation,
    api_client,
    api_secret,
    blames,
    blames_sign,
    constraints,
    hold,
    insert,
    job,
    pending_bucket,
    request,
    sweep_run,
    update,
)

pytestmark = pytest.mark.django_db

EARLIER = datetime(2019, 1, 1, tzinfo=UTC)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)  # when the factory's schemes begin

# (constraint, what makes a possible row, what makes it impossible)
IMPOSSIBLE: list[tuple[str, Any, dict[str, Any]]] = [
    ("unit_has_an_incoming_identifier", UnitFactory, {"incoming_identifier": ""}),
    ("scheme_has_a_reference", SchemeFactory, {"reference": ""}),
    ("scheme_status_known", SchemeFactory, {"status": "PAUSED"}),
    ("scheme_ends_after_it_starts", SchemeFactory, {"ends_at": BEGAN}),
    ("scheme_ends_after_it_starts", SchemeFactory, {"ends_at": EARLIER}),
    ("scheme_version_positive", SchemeFactory, {"version": 0}),
    ("scheme_point_cost_not_negative", SchemeFactory, {"point_cost": -1}),
    (
        "scheme_expected_breakage_is_a_percentage",
        SchemeFactory,
        {"expected_breakage": 101},
    ),
    (
        "scheme_expected_breakage_is_a_percentage",
        SchemeFactory,
        {"expected_breakage": -1},
    ),
    ("job_status_known", job, {"status": "LOST"}),
    ("job_finished_has_an_end", job, {"status": "DONE"}),
    ("job_finished_has_an_end", job, {"finished_at": NOW}),
    (
        "job_ends_after_it_begins",
        job,
        {"status": "DONE", "finished_at": EARLIER},
    ),
    ("card_definition_status_known", CardDefinitionFactory, {"status": "PAUSED"}),
    (
        "card_definition_pending_mode_known",
        CardDefinitionFactory,
        {"pending_mode": "SOMETIMES"},
    ),
    (
        "card_definition_pending_period_given",
        CardDefinitionFactory,
        {"pending_mode": "PERIOD_BASED"},
    ),
    (
        "card_definition_event_has_a_deadline",
        CardDefinitionFactory,
        {"pending_mode": "EVENT_BASED"},
    ),
    (
        "card_definition_expiry_mode_known",
        CardDefinitionFactory,
        {"expiry_mode": "NEVER"},
    ),
    (
        "card_definition_expiry_period_given",
        CardDefinitionFactory,
        {"expiry_mode": "ROLLING"},
    ),
    (
        "card_definition_expiry_period_given",
        CardDefinitionFactory,
        {"expiry_mode": "SLIDING"},
    ),
    ("card_definition_refunds_known", CardDefinitionFactory, {"refunds": "ALL"}),
    (
        "card_definition_refund_below_zero_needs_negative",
        CardDefinitionFactory,
        {"refunds": "BELOW_ZERO"},
    ),
    (
        "card_definition_return_grace_positive",
        CardDefinitionFactory,
        {"return_grace_days": 0},
    ),
    (
        "card_definition_earn_limit_has_a_period",
        CardDefinitionFactory,
        {"earn_limit": 10},
    ),
    (
        "card_definition_earn_limit_has_a_period",
        CardDefinitionFactory,
        {"earn_limit_period": "DAY"},
    ),
    ("earn_rate_points_between_1_and_999999", EarnRateFactory, {"points": 0}),
    ("earn_rate_points_between_1_and_999999", EarnRateFactory, {"points": 1_000_000}),
    ("earn_rate_step_positive", EarnRateFactory, {"step": 0}),
    ("earn_rate_ceiling_not_below_floor", EarnRateFactory, {"floor": 9, "ceiling": 8}),
    ("burn_rate_step_positive", BurnRateFactory, {"step": 0}),
    ("burn_rate_not_negative", BurnRateFactory, {"rate": -1}),
    ("burn_rate_ceiling_not_below_floor", BurnRateFactory, {"ceiling": 99}),
    ("member_has_an_external_id", MemberFactory, {"external_id": ""}),
    ("member_status_known", MemberFactory, {"status": "BLOCKED"}),
    ("identity_has_a_value", IdentityFactory, {"value": ""}),
    ("identity_type_known", IdentityFactory, {"type": "FAX"}),
    ("card_has_a_code", CardFactory, {"code": ""}),
    ("card_status_known", CardFactory, {"status": "LOST"}),
    ("card_overdraft_not_negative", CardFactory, {"overdraft": -1}),
    ("api_client_has_a_client_id", api_client, {"client_id": ""}),
    ("api_client_has_a_name", api_client, {"name": ""}),
    ("api_client_rate_limit_positive", api_client, {"rate_limit": 0}),
    ("api_secret_has_a_digest", api_secret, {"digest": ""}),
    ("api_secret_expires_after_it_is_made", api_secret, {"expires_at": NOW}),
    ("bucket_points_positive", active_bucket, {"points": 0, "remaining": 0}),
    ("bucket_remaining_within_points", active_bucket, {"remaining": 11}),
    ("bucket_remaining_within_points", active_bucket, {"remaining": -1}),
    ("bucket_status_known", active_bucket, {"status": "LOST", "remaining": 0}),
    ("bucket_closed_is_empty", active_bucket, {"status": "EXPIRED"}),
    ("bucket_closed_is_empty", pending_bucket, {"status": "CANCELED"}),
    ("bucket_pending_holds_points", pending_bucket, {"remaining": 0}),
    (
        "bucket_active_has_an_activation_moment",
        active_bucket,
        {"activates_at": None, "cancels_at": NOW, "pending_mode": "EVENT_BASED"},
    ),
    (
        "bucket_without_activation_moment_awaits_an_event",
        pending_bucket,
        {"activates_at": None},
    ),
    (
        "bucket_without_activation_moment_awaits_an_event",
        pending_bucket,
        {"activates_at": None, "cancels_at": NOW},
    ),
    (
        "bucket_activates_not_before_it_is_earned",
        active_bucket,
        {"activates_at": EARLIER},
    ),
    (
        "bucket_expires_after_activation",
        pending_bucket,
        {"activates_at": NOW, "expires_at": NOW},
    ),
    ("transaction_points_match_type", request, {"points": 9}),
    ("transaction_points_match_type", request, {"type": "POINTS_TELEPORTED"}),
    ("transaction_points_match_type", request, {"bucket": None}),
    ("transaction_status_known", request, {"status": "MAYBE"}),
    (
        "transaction_written_not_before_it_is_true",
        request,
        {"created_at": EARLIER},
    ),
    ("transaction_held_is_a_spend", request, {"held_until": NOW}),
    ("transaction_undecided_spend_is_held", hold, {"held_until": None}),
    ("allocation_moves_something", allocation, {"points": 0}),
    ("sweep_run_finishes_after_it_starts", sweep_run, {"finished_at": EARLIER}),
]

T = Transaction.Type
PENDING, ACTIVE = (0, 1), (1, 0)
# What a transaction of each type may do to (points, pending points), by their signs.
MOVES = {
    T.PENDING_POINTS_ADDED: {PENDING},
    T.POINTS_EARNED: {ACTIVE},
    T.ADMIN_CREDIT: {PENDING, ACTIVE},
    T.PENDING_POINTS_ACTIVATED: {(1, -1)},
    T.PENDING_POINTS_CANCELED: {(0, -1)},
    T.BUCKET_RESCHEDULED: {(0, 0)},
    T.EVENT_RECEIVED: {(0, 0)},
    T.OVERDRAFT_REPAID: {(0, 0)},
    T.POINTS_SPENT_ON_ORDER: {(-1, 0)},
    T.POINTS_SPENT_ON_REWARD: {(-1, 0)},
    T.POINTS_RETURNED: {ACTIVE},
    T.POINTS_REFUNDED: {(-1, 0), (0, 0)},
    T.ADMIN_DEBIT: {(-1, 0)},
    T.POINTS_EXPIRED: {(-1, 0)},
    T.ADMIN_POINTS_EXPIRATION: {(-1, 0)},
}
SIGNS = [(points, pending) for points in (-1, 0, 1) for pending in (-1, 0, 1)]
NEED_A_BUCKET = sorted(
    set(T)
    - {T.EVENT_RECEIVED, T.OVERDRAFT_REPAID}
    - {T.POINTS_SPENT_ON_ORDER, T.POINTS_SPENT_ON_REWARD}
    - {T.POINTS_RETURNED, T.POINTS_REFUNDED, T.ADMIN_DEBIT}
)


@pytest.mark.parametrize(("name", "make", "change"), IMPOSSIBLE)
def test_an_impossible_row_is_refused_by_the_constraint_that_forbids_it(
    name, make, change
):
    row = make()

    with pytest.raises(IntegrityError) as inserted, atomic():
        insert(row, **change)
    assert blames(inserted.value, name, type(row)) or blames_sign(
        inserted.value, change
    )
    if not isinstance(row, Allocation):  # which no UPDATE may touch anyway
        with pytest.raises(IntegrityError) as updated, atomic():
            update(row, **change)
        assert blames(updated.value, name, type(row)) or blames_sign(
            updated.value, change
        )


def test_every_check_constraint_has_a_case():
    checks = {
        name
        for name, constraint in constraints().items()
        if isinstance(constraint, CheckConstraint)
    }

    assert checks == {name for name, _, _ in IMPOSSIBLE}


@pytest.mark.parametrize("type_", T)
def test_each_type_of_transaction_moves_the_balances_only_its_own_way(type_):
    bucket = active_bucket()
    parent = bucket.transactions.get()

    possible = {
        signs for signs in SIGNS if _can_be_written(type_, signs, bucket, parent)
    }

    assert possible == MOVES[type_]


@pytest.mark.parametrize("type_", NEED_A_BUCKET)
def test_a_transaction_about_one_bucket_names_it(type_):
    parent = active_bucket().transactions.get()

    for signs in MOVES[type_]:
        assert not _can_be_written(type_, signs, None, parent)


def test_points_given_back_name_the_spend_they_undo():
    bucket = active_bucket()

    assert not _can_be_written(T.POINTS_RETURNED, ACTIVE, bucket, None)


def test_an_activation_moves_as_many_points_in_as_out():
    bucket = active_bucket()
    parent = bucket.transactions.get()

    assert not _can_be_written(T.PENDING_POINTS_ACTIVATED, (2, -1), bucket, parent)


def _can_be_written(type_, signs, bucket, parent) -> bool:
    """Whether the database takes it. What it takes is undone again."""
    points, pending_points = signs
    row = Transaction(
        card=(bucket or parent).card,
        type=type_,
        bucket=bucket,
        parent=parent,
        points=points,
        pending_points=pending_points,
        effective_at=NOW,
        created_at=NOW,
    )
    try:
        with atomic():
            row.save()
            set_rollback(True)
    except IntegrityError as error:
        if blames(error, "transaction_points_match_type", Transaction):
            return False
        raise
    return True
