"""Rules as sentences: each says what the policies compute, at edges of the calendar too."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import BadInput, InvalidRule, Refusal
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme, Unit
from schemes.money import minor_units, money
from schemes.sentences import (
    Purchase,
    Rules,
    example,
    missing_of_definition,
    missing_of_scheme,
    runs,
    sections,
    steps,
    what_publishing_does,
    what_stopping_does,
)

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 21, 15, tzinfo=LONDON)


def rules(*, zone="Europe/London", currency="GBP", earn=(), burn=(), **columns):
    """Rules that are nowhere stored."""
    unit = Unit(name="Shop", incoming_identifier="shop1")
    scheme = Scheme(
        unit=unit,
        name="Retail",
        status="ACTIVE",
        time_zone=zone,
        currency=currency,
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    return Rules(
        definition=CardDefinition(scheme=scheme, name="Points", **columns),
        earn_rates=[rate(EarnRate, **each) for each in earn],
        burn_rates=[rate(BurnRate, **each) for each in burn],
    )


def rate(model, **columns):
    return model(**{"incoming_identifier": "shop1", **columns})


ONE_FOR_A_POUND = {"points": 1, "step": 100}
A_PENNY = {"floor": 100, "ceiling": 99_999, "step": 100, "rate": Decimal(1)}
RECIPE = {
    "pending_mode": "PERIOD_BASED",
    "pending_period": "5D",
    "expiry_mode": "ROLLING",
    "expiry_period": "6M",
    "expiry_rounding": "MONTH",
}


def said(which, of):
    (found,) = [section for section in sections(of) if section.key == which]
    return " ".join(found.sentences)


def story(of, *, amount=12_345, at=NOW, **options):
    return example(of, Purchase(amount=amount, at=at, **options))


# --- The example ----------------------------------------------------------------------


def test_the_example_of_the_recipe():
    assert story(rules(earn=[ONE_FOR_A_POUND], **RECIPE)) == (
        "A 123.45 GBP order today: 123 points, usable from 26 Nov 2026, 15:00 "
        "(Europe/London), gone after 31 May 2027."
    )


EXAMPLES = [
    # Month ends: counted from the origin, clipped to the month.
    (
        {"expiry_mode": "ROLLING", "expiry_period": "1M"},
        datetime(2027, 1, 31, 9, tzinfo=LONDON),
        "usable at once, gone from 28 Feb 2027, 09:00 (Europe/London).",
    ),
    (
        {"expiry_mode": "ROLLING", "expiry_period": "1Y", "expiry_rounding": "DAY"},
        datetime(2028, 2, 29, 9, tzinfo=LONDON),
        "usable at once, gone after 28 Feb 2029.",
    ),
    # The clocks go forward on 28 March 2027 at 01:00, and back on 25 October 2026.
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "1D"},
        datetime(2027, 3, 27, 1, 30, tzinfo=LONDON),
        "usable from 28 Mar 2027, 02:30 (Europe/London), never gone.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "24H"},
        datetime(2026, 10, 24, 12, tzinfo=LONDON),
        "usable from 25 Oct 2026, 11:00 (Europe/London), never gone.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "1D"},
        datetime(2026, 10, 24, 12, tzinfo=LONDON),
        "usable from 25 Oct 2026, 12:00 (Europe/London), never gone.",
    ),
    (
        {
            "pending_mode": "PERIOD_BASED",
            "pending_period": "5D",
            "pending_rounds_up": True,
        },
        NOW,
        "usable from 27 Nov 2026, 00:00 (Europe/London), never gone.",
    ),
    (
        {"pending_mode": "FIXED_DATES", "pending_dates": [{"month": 2, "day": 29}]},
        NOW,
        "usable from 28 Feb 2027, 00:00 (Europe/London), never gone.",
    ),
    (
        {"expiry_mode": "CALENDAR", "expiry_dates": [{"month": 12, "day": 31}]},
        NOW,
        "usable at once, gone after 31 Dec 2026.",
    ),
    (
        {
            "pending_mode": "EVENT_BASED",
            "pending_events": ["delivered"],
            "pending_deadline": "2W",
            "expiry_mode": "ROLLING",
            "expiry_period": "3M",
            "expiry_from": "ACTIVATED",
        },
        NOW,
        "usable once the event happens, canceled if not by 5 Dec 2026, 15:00 "
        "(Europe/London), gone 3 months after that.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "5D"}
        | {"pending_min_amount": 12_346},
        NOW,
        "usable at once, never gone.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "5D"}
        | {"pending_min_points": 123},
        NOW,
        "usable from 26 Nov 2026, 15:00 (Europe/London), never gone.",
    ),
    (
        {"expiry_mode": "SLIDING", "expiry_period": "1Y"},
        NOW,
        "usable at once, gone from 21 Nov 2027, 15:00 (Europe/London).",
    ),
]


@pytest.mark.parametrize(("columns", "at", "end"), EXAMPLES)
def test_an_example_has_the_dates_of_the_rules(columns, at, end):
    told = story(rules(earn=[ONE_FOR_A_POUND], **columns), at=at)
    assert told == f"A 123.45 GBP order today: 123 points, {end}"


def test_an_example_is_told_on_the_clocks_of_the_scheme():
    told = story(rules(zone="Asia/Tokyo", earn=[ONE_FOR_A_POUND], **RECIPE))
    assert "usable from 27 Nov 2026, 00:00 (Asia/Tokyo)" in told


@pytest.mark.parametrize(
    ("limits", "points"),
    [
        ({"max_points_per_earn": 100}, "100 points"),
        ({"max_balance": 50, "max_points_per_earn": 100}, "50 points"),
        ({"earn_limit": 1, "earn_limit_period": "DAY"}, "1 point,"),
    ],
)
def test_an_example_keeps_to_the_limits(limits, points):
    assert points in story(rules(earn=[ONE_FOR_A_POUND], **limits))


def test_an_order_outside_every_band_gives_no_points():
    of = rules(earn=[{**ONE_FOR_A_POUND, "floor": 20_000}])
    assert story(of) == "A 123.45 GBP order today: no points."


def test_an_example_without_such_a_rate_says_which_is_missing():
    of = rules(earn=[ONE_FOR_A_POUND])
    for options in ({"rate_name": "double"}, {"identifier": "shop2"}):
        with pytest.raises(BadInput) as refused:
            story(of, **options)
        assert refused.value.field == "rate_name"
        assert next(iter(options.values())) in refused.value.message


def test_an_example_of_points_that_are_gone_before_they_come_is_refused():
    of = rules(
        earn=[ONE_FOR_A_POUND],
        pending_mode="PERIOD_BASED",
        pending_period="2D",
        expiry_mode="ROLLING",
        expiry_period="1D",
    )
    with pytest.raises(InvalidRule):
        story(of)


# --- Section by section ---------------------------------------------------------------


EARNS = [
    ([], "There is no earn rate"),
    ([ONE_FOR_A_POUND], "Every order: 1 point for each full 1.00 GBP."),
    (
        [{**ONE_FOR_A_POUND, "offset": 50}],
        "0.50 GBP is added to the amount before it is divided.",
    ),
    (
        [{**ONE_FOR_A_POUND, "floor": 1000}],
        "Orders of 10.00 GBP or more: 1 point for each full 1.00 GBP. "
        "Orders up to 9.99 GBP: nothing.",
    ),
    (
        [
            {"points": 500, "floor": 10_000, "type": "FIXED"},
            {"points": 2, "step": 100, "floor": 0, "ceiling": 4_999},
        ],
        "Orders up to 49.99 GBP: 2 points for each full 1.00 GBP. "
        "Orders of 100.00 GBP or more: 500 points, whatever the amount. "
        "Orders of 50.00 GBP to 99.99 GBP: nothing.",
    ),
    (
        [{**ONE_FOR_A_POUND, "ceiling": 999}],
        "Orders of 10.00 GBP or more: nothing.",
    ),
    (
        [ONE_FOR_A_POUND, {**ONE_FOR_A_POUND, "name": "double", "points": 2}],
        'Rate "double" - Every order: 2 points for each full 1.00 GBP.',
    ),
    (
        [{**ONE_FOR_A_POUND, "incoming_identifier": "shop2"}],
        'Rate "default" of shop2 - Every order: 1 point for each full 1.00 GBP. '
        'Orders that name no rate are refused: there is no rate "default".',
    ),
]


@pytest.mark.parametrize(("rates", "text"), EARNS)
def test_what_orders_earn(rates, text):
    assert text in said("earn", rules(earn=rates))


BURNS = [
    ([], "any number of points can be spent"),
    (
        [A_PENNY],
        "100 to 99,999 points can be spent at once, in steps of 100; "
        "1,000 points are worth 10.00 GBP.",
    ),
    (
        [{"floor": 1, "rate": Decimal("0.5")}],
        "1 point or more can be spent at once; 1,000 points are worth 5.00 GBP.",
    ),
    (
        [{"floor": 500, "ceiling": 500, "rate": Decimal(2)}],
        "Exactly 500 points can be spent at once; 500 points are worth 10.00 GBP.",
    ),
    (
        [{"floor": 5_000, "step": 2_500}],
        "5,000 points or more can be spent at once, in steps of 2,500; "
        "7,500 points are worth 75.00 GBP.",
    ),
]


@pytest.mark.parametrize(("rates", "text"), BURNS)
def test_what_can_be_spent(rates, text):
    assert text in said("burn", rules(burn=rates))


WAITS = [
    ({}, "Points can be spent at once."),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "1W"},
        "Points wait 1 week before they can be spent.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "5D"}
        | {"pending_rounds_up": True},
        "Points wait 5 days and then for the next start of a day.",
    ),
    (
        {
            "pending_mode": "FIXED_DATES",
            "pending_dates": [{"month": 12, "day": 31}, {"month": 6, "day": 30}],
        },
        "Points wait until the next 30 June or 31 December begins.",
    ),
    (
        {
            "pending_mode": "EVENT_BASED",
            "pending_events": ["paid", "delivered", "picked_up"],
            "pending_deadline": "14D",
        },
        "Points wait until this happens: paid, delivered or picked_up. "
        "If it has not happened 14 days after the purchase, they are canceled.",
    ),
    (
        {"pending_mode": "PERIOD_BASED", "pending_period": "5D"}
        | {"pending_min_points": 1_000, "pending_min_amount": 5_000},
        "Only grants of at least 1,000 points or an order of 50.00 GBP wait; "
        "others can be spent at once.",
    ),
]


@pytest.mark.parametrize(("columns", "text"), WAITS)
def test_how_points_wait(columns, text):
    assert text in said("pending", rules(**columns))


EXPIRIES = [
    ({}, "Points never expire."),
    (
        {"expiry_mode": "ROLLING", "expiry_period": "6M", "expiry_rounding": "MONTH"},
        "Points expire 6 months after they are earned, at the end of that month.",
    ),
    (
        {"expiry_mode": "ROLLING", "expiry_period": "1Y", "expiry_from": "ACTIVATED"},
        "Points expire 1 year after they become active.",
    ),
    (
        {"expiry_mode": "CALENDAR", "expiry_dates": [{"month": 12, "day": 31}]},
        "Points expire at the end of the first 31 December after they are earned.",
    ),
    (
        {"expiry_mode": "SLIDING", "expiry_period": "1Y"},
        "Each purchase that earns and each spend counts it anew for all points",
    ),
    (
        {"expiry_mode": "SLIDING", "expiry_period": "1Y", "slides_on_spend": False},
        "Each purchase that earns counts it anew for all points",
    ),
    (
        {"expiry_mode": "SLIDING", "expiry_period": "1Y", "slides_on_earn": False},
        "Each spend counts it anew for all points",
    ),
]


@pytest.mark.parametrize(("columns", "text"), EXPIRIES)
def test_how_points_expire(columns, text):
    assert text in said("expiry", rules(**columns))


OTHERS = [
    ("refunds", {"refunds": "NONE"}, "A refund takes no points back."),
    ("refunds", {"refunds": "FROM_PENDING"}, "what still waits"),
    ("refunds", {"refunds": "TO_ZERO"}, "never more than the card has"),
    (
        "refunds",
        {"refunds": "BELOW_ZERO", "allow_negative": True},
        "What is missing is owed",
    ),
    ("refunds", {"allow_negative": True}, "may leave a balance below zero"),
    ("refunds", {"return_grace_days": 1}, "can be used 1 day more."),
    ("limits", {}, "There are no limits."),
    ("limits", {"max_points_per_earn": 500}, "One purchase earns at most 500 points."),
    ("limits", {"max_points_per_spend": 1}, "One spend takes at most 1 point."),
    ("limits", {"max_balance": 10_000}, "A card holds at most 10,000 points"),
    (
        "limits",
        {"earn_limit": 300, "earn_limit_period": "WEEK"},
        "A card earns at most 300 points in a week from Monday.",
    ),
]


@pytest.mark.parametrize(("section", "columns", "text"), OTHERS)
def test_refunds_and_limits(section, columns, text):
    assert text in said(section, rules(**columns))


PROBLEMS = [
    ("pending", {"pending_mode": "PERIOD_BASED"}, "pending_period"),
    (
        "pending",
        {"pending_mode": "PERIOD_BASED", "pending_period": "5 days"},
        "pending_period",
    ),
    ("expiry", {"expiry_mode": "CALENDAR"}, "expiry_dates"),
    ("refunds", {"refunds": "BELOW_ZERO"}, "allow_negative"),
    ("earn", {"earn": [ONE_FOR_A_POUND, {**ONE_FOR_A_POUND, "floor": 5}]}, "floor"),
    ("burn", {"burn": [{**A_PENNY, "ceiling": 150, "floor": 120}]}, "step"),
]


@pytest.mark.parametrize(("which", "columns", "field"), PROBLEMS)
def test_a_rule_that_fails_is_a_problem_of_its_section_alone(which, columns, field):
    found = {section.key: section for section in sections(rules(**columns))}
    assert found[which].problem
    assert found[which].field == field
    assert not found[which].sentences
    assert not any(found[key].problem for key in found if key != which)


def test_every_rule_of_a_definition_is_in_one_section():
    named = [name for section in sections(rules()) for name in section.fields]
    assert len(named) == len(set(named))
    told = {column.name for column in CardDefinition._meta.fields} & set(named)
    assert {column.name for column in CardDefinition._meta.fields} - told == {
        "id", "uuid", "scheme", "name", "status", "code_pattern", "metadata",
        "door_fields",
    }  # fmt: skip


# --- Scheme, publishing ---------------------------------------------------------------


def test_when_a_scheme_runs_and_what_publishing_and_stopping_do():
    scheme = rules().definition.scheme
    assert runs(scheme).endswith(
        "from 1 Jan 2020, 00:00 (Europe/London) on, without an end."
    )
    scheme.ends_at = datetime(2027, 7, 1, tzinfo=UTC)
    assert "until 1 Jul 2027, 01:00 (Europe/London)" in runs(scheme)
    assert "from this moment on" in what_publishing_does(NOW, scheme)[0]
    scheme.starts_at = datetime(2027, 1, 1, tzinfo=UTC)
    assert "once the scheme begins, 1 Jan 2027" in what_publishing_does(NOW, scheme)[0]
    assert "refused" in what_stopping_does()[0]


def test_what_a_definition_lacks():
    complete = rules(earn=[ONE_FOR_A_POUND], burn=[A_PENNY], **RECIPE)
    assert missing_of_definition(complete) == []
    bare = [each.text for each in missing_of_definition(rules())]
    assert [text.split(":")[0] for text in bare] == [
        'No earn rate "default"',
        "No burn rate",
    ]
    draft = rules(earn=[ONE_FOR_A_POUND], burn=[A_PENNY])
    draft.definition.scheme.status = "DRAFT"
    (only,) = missing_of_definition(draft)
    assert "not published" in only.text
    assert not only.blocks


@pytest.mark.parametrize(
    "columns",
    [
        {"pending_mode": "PERIOD_BASED"},
        {
            "pending_mode": "PERIOD_BASED",
            "pending_period": "2M",
            "expiry_mode": "ROLLING",
            "expiry_period": "1M",
        },
    ],
)
def test_rules_that_make_no_sense_block(columns):
    of = rules(earn=[ONE_FOR_A_POUND], burn=[A_PENNY], **columns)
    (only,) = missing_of_definition(of)
    assert only.blocks


def test_what_a_scheme_lacks():
    scheme = rules().definition.scheme
    assert missing_of_scheme(scheme, [rules()], now=NOW) == []
    (only,) = missing_of_scheme(scheme, [], now=NOW)
    assert "no card definition" in only.text
    scheme.ends_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert "over since" in missing_of_scheme(scheme, [rules()], now=NOW)[0].text
    scheme.ends_at = datetime(2019, 1, 1, tzinfo=UTC)
    (before,) = missing_of_scheme(scheme, [rules()], now=NOW)
    assert before.blocks
    scheme.starts_at, scheme.ends_at = datetime(2030, 1, 1, tzinfo=UTC), None
    assert "begins 1 Jan 2030" in missing_of_scheme(scheme, [rules()], now=NOW)[0].text


# --- Step by step ---------------------------------------------------------------------


def tried(of, *, amount=12_345, spend=None, refund=None, **options):
    purchase = Purchase(amount=amount, at=NOW, **options)
    found = steps(of, purchase, spend=spend, refund=refund)
    return {step.title: step for step in found}


FULL = {"earn": [ONE_FOR_A_POUND], "burn": [A_PENNY], **RECIPE}


def test_a_purchase_step_by_step():
    found = tried(rules(**FULL), spend=100, refund=6_000)
    assert {title: step.result for title, step in found.items()} == {
        "Earn": "123 points",
        "Wait": "Usable from 26 Nov 2026, 15:00 (Europe/London).",
        "Expire": "Gone after 31 May 2027.",
        "Worth": "100 points of the 123 points can be spent at once, and pay 1.00 GBP.",
        "Spend 100 points": "That pays 1.00 GBP.",
        "Refund of 60.00 GBP": "59 points are taken back, as far as the card has them.",
    }
    assert "123.45 GBP holds 123 of 1.00 GBP" in found["Earn"].why
    assert found["Spend 100 points"].why == "23 points are left."


SPENDS = [
    ({}, 150, "REFUSED", "150 points cannot be spent"),
    ({}, 500, "NOTE", "That pays 5.00 GBP."),
    ({"max_points_per_spend": 90}, 100, "REFUSED", "at most 90 points"),
    ({"burn": []}, 7, "FINE", "No burn rate says what that is worth."),
]


@pytest.mark.parametrize(("columns", "spend", "kind", "text"), SPENDS)
def test_a_spend_is_judged_by_the_rules(columns, spend, kind, text):
    found = tried(rules(**{**FULL, **columns}), spend=spend)
    (step,) = [each for title, each in found.items() if title.startswith("Spend")]
    assert step.kind == kind
    assert text in step.result


def test_a_spend_at_a_name_that_only_earn_rates_know_is_at_the_default():
    double = {**ONE_FOR_A_POUND, "name": "double", "points": 2}
    found = tried(rules(**{**FULL, "earn": [double]}), rate_name="double")
    assert found["Earn"].result == "246 points"
    assert "pay 2.00 GBP" in found["Worth"].result


def test_a_spend_without_a_rate_for_the_identifier_is_refused():
    other = {**A_PENNY, "incoming_identifier": "shop2"}
    found = tried(rules(**{**FULL, "burn": [other]}))
    assert found["Spend"].kind == "REFUSED"


@pytest.mark.parametrize(
    ("columns", "refund", "text"),
    [
        ({"refunds": "NONE"}, 100, "Refused"),
        ({"refunds": "FROM_PENDING"}, None, "61 points are taken back while they wait"),
        ({"refunds": "BELOW_ZERO", "allow_negative": True}, 12_345, "123 points"),
        ({}, 12_346, "would exceed"),
        ({}, 0, "0 points"),
    ],
)
def test_a_refund_takes_its_share(columns, refund, text):
    found = tried(rules(**{**FULL, **columns}), refund=refund)
    (step,) = [each for title, each in found.items() if title.startswith("Refund")]
    assert text in step.result


def test_limits_nothing_and_refusals_are_steps_too():
    limited = tried(rules(**FULL, max_points_per_earn=100))
    assert limited["Limit"].result == "100 points"
    assert "23 points" in limited["Limit"].why
    nothing = tried(rules(**{**FULL, "earn": [{**ONE_FOR_A_POUND, "floor": 99_999}]}))
    assert list(nothing) == ["Earn"]
    assert nothing["Earn"].kind == "NOTE"
    fixed = tried(rules(**{**FULL, "earn": [{"points": 7, "type": "FIXED"}]}))
    assert fixed["Earn"].result == "7 points"
    assert "alone cannot be spent" in fixed["Worth"].result
    (refused,) = tried(rules(**FULL), rate_name="nope").values()
    assert refused.kind == "REFUSED"


# --- Words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_450, "GBP", "1,234.50 GBP"),
        (1_234, "JPY", "1,234 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (0, "EUR", "0.00 EUR"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor, currency, text):
    assert money(minor, currency) == text
    amount = Decimal(text.split()[0].replace(",", ""))
    assert minor_units(amount, currency) == minor


def test_nothing_absurd_is_more_than_a_refusal():
    of = rules(earn=[ONE_FOR_A_POUND], expiry_mode="ROLLING", expiry_period="9999Y")
    with pytest.raises(Refusal):
        story(of)
