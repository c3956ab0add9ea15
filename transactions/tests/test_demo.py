"""The demo shop: complete or absent, believable, quick to come back to, harmless."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.transaction import atomic, set_rollback

from accounts.models import Card, Identity, Member
from loyalty.errors import BadInput
from loyalty.roles import ROLES
from schemes.access import units_of
from schemes.models import Scheme, Unit
from schemes.tests.factories import UnitFactory
from transactions import demo, sweeps
from transactions.demo import habits, shop, story
from transactions.demo.figures import ROWS
from transactions.demo.people import person
from transactions.models import Bucket, SweepRun, Transaction
from transactions.tests.helpers import assert_adds_up, everything

# Soon after the scheme began: a short year, so that the tests are quick.
TODAY = datetime(2025, 7, 20, 15, tzinfo=UTC)
MEMBERS = 6
LOG_IN = (
    "admin, password loyalty-demo (or with the same password "
    "viewer, agent, manager, finance, administrator)"
)


@pytest.fixture
def today():
    with time_machine.travel(TODAY):
        yield TODAY


@pytest.fixture
def built(db):
    demo.Demo(now=TODAY, members=MEMBERS).build()


def run(capsys, *arguments):
    call_command("demo", f"--members={MEMBERS}", *arguments)
    return capsys.readouterr().out


def test_the_demo_shows_what_an_activation_changes(db, today, capsys):
    lines = run(capsys).splitlines()
    due, pending, waiting, buckets, points = (
        [int(cell.replace(",", "")) for cell in line.split()[-2:]]
        for line in lines[-len(ROWS) :]
    )
    assert due[0] >= MEMBERS
    assert due[1] == 0
    assert pending[0] - pending[1] == buckets[1] - buckets[0] == due[0]
    assert waiting[0] - waiting[1] == points[1] - points[0] > 0


def test_a_second_run_keeps_what_is_there_and_activates_what_came_due(
    db, today, capsys
):
    run(capsys)
    before = everything()
    said = run(capsys)
    assert "The demo shop is there already." in said.splitlines()
    assert everything() == before
    with time_machine.travel(TODAY + timedelta(days=6)):
        run(capsys)
    assert everything() != before
    assert not Bucket.objects.pending().exists()


def test_every_card_of_the_demo_adds_up_before_and_after_the_activation(built):
    for _ in range(2):
        for card in Card.objects.all():
            assert_adds_up(card)
        sweeps.activate_due(now=TODAY)


def test_the_scheme_is_the_one_of_the_recipe(built):
    scheme = Scheme.objects.get(unit__incoming_identifier="aeplc")
    (rules,) = scheme.card_definitions.all()
    (earn,) = rules.earn_rates.all()
    (burn,) = rules.burn_rates.all()
    assert (scheme.name, scheme.reference) == ("Retail Points", "RETAILPOINTS")
    assert scheme.starts_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert scheme.ends_at == datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (scheme.time_zone, scheme.currency) == ("Europe/London", "GBP")
    assert scheme.version == 2
    assert (rules.pending_mode, rules.pending_period) == ("PERIOD_BASED", "5D")
    assert (rules.expiry_mode, rules.expiry_period) == ("ROLLING", "6M")
    assert (rules.expiry_rounding, rules.expiry_from) == ("MONTH", "EARNED")
    assert (earn.points, earn.step) == (1, 100)
    assert (burn.floor, burn.ceiling, burn.step, burn.rate) == (100, 99_999, 100, 1)


def test_every_member_has_a_card_and_can_be_found_by_number_mail_and_phone(built):
    assert Member.objects.count() == Card.objects.count() == MEMBERS
    for member in Member.objects.all():
        (card,) = member.cards.all()
        kinds = dict(member.identities.values_list("type", "value"))
        assert set(kinds) == {"CARD", "EMAIL", "PHONE"}
        assert kinds["CARD"] == card.code


def test_one_card_is_blocked_and_one_member_inactive_and_both_have_a_history(built):
    blocked = Card.objects.get(status=Card.Status.BLOCKED)
    inactive = Card.objects.get(member__status=Member.Status.INACTIVE)
    assert blocked != inactive
    assert blocked.transactions.exists()
    assert inactive.transactions.exists()


def test_the_history_lies_between_the_scheme_and_today_and_was_written_on_time(built):
    for each in Transaction.objects.all():
        assert shop.STARTS_AT <= each.effective_at <= each.created_at <= TODAY
    assert SweepRun.objects.filter(started_at__lt=TODAY - timedelta(days=20)).exists()


def test_what_is_due_became_due_in_the_last_days(built):
    due = Bucket.objects.pending().filter(activates_at__lte=TODAY)
    assert due.exists()
    assert all(each.activates_at > TODAY - timedelta(days=5) for each in due)
    lapsed = Bucket.objects.filter(status="ACTIVE", remaining__gt=0)
    assert not lapsed.filter(expires_at__lte=TODAY).exists()


def test_the_history_is_no_longer_than_a_year(db, monkeypatch):
    monkeypatch.setattr(story, "YEAR", timedelta(days=20))
    demo.Demo(now=TODAY, members=2).build()
    first = Transaction.objects.order_by("effective_at")[0]
    assert TODAY - timedelta(days=20) <= first.effective_at


def test_the_same_moment_gives_the_same_story(db):
    columns = ("card__code", "type", "points", "pending_points", "effective_at")
    stories = []
    for _ in range(2):
        with atomic():
            demo.Demo(now=TODAY, members=3).build()
            stories.append(list(Transaction.objects.order_by("pk").values(*columns)))
            set_rollback(True)
    assert stories[0] == stories[1]


def test_a_demo_that_is_stopped_while_it_is_made_leaves_nothing(db):
    def stop(done, known):
        if done > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.Demo(now=TODAY, members=3).build(progress=stop)
    assert not demo.exists()
    assert not Transaction.objects.exists()


def test_the_demo_keeps_away_from_other_units_unless_it_is_forced(db, today, capsys):
    UnitFactory(incoming_identifier="shop7")
    with pytest.raises(CommandError, match="other units \\(shop7\\)"):
        run(capsys)
    assert not demo.exists()
    run(capsys, "--force")
    assert demo.exists()


def test_a_unit_made_beside_the_demo_later_does_not_stop_its_next_start(
    built, today, capsys
):
    UnitFactory(incoming_identifier="shop7")
    assert "there already" in run(capsys)
    assert Unit.objects.count() == 2


@pytest.mark.parametrize(
    ("now", "members"),
    [(shop.STARTS_AT, 1), (TODAY, 0), (TODAY, story.MOST_MEMBERS + 1)],
)
def test_a_demo_that_cannot_be_is_refused_before_anything_is_made(db, now, members):
    with pytest.raises(BadInput):
        demo.Demo(now=now, members=members).build()
    assert not demo.exists()


def test_a_clock_before_the_scheme_is_one_line(db, capsys):
    with (
        time_machine.travel(datetime(2025, 1, 1, tzinfo=UTC)),
        pytest.raises(CommandError, match="begins on 01 June 2025"),
    ):
        run(capsys)


def test_the_log_in_is_made_once_and_only_where_debug_is_on(db, settings):
    settings.DEBUG = False
    assert not demo.create_users()
    assert demo.log_in() == ""
    settings.DEBUG = True
    assert demo.create_users()
    assert not demo.create_users()
    assert demo.log_in() == LOG_IN
    (admin,) = get_user_model().objects.filter(is_superuser=True)
    assert admin.check_password(demo.DEMO_PASSWORD)


def test_where_there_is_a_user_the_demo_makes_none(db, settings):
    settings.DEBUG = True
    get_user_model().objects.create_user("anna")
    assert not demo.create_users()
    assert demo.log_in() == ""


@pytest.mark.usefixtures("today")
def test_one_of_the_staff_of_each_role_works_for_the_demo_shop(built, settings):
    settings.DEBUG = True
    demo.create_users()
    staff = get_user_model().objects.exclude(username=demo.DEMO_USER)
    assert {user.groups.get().name for user in staff} == set(ROLES)
    for user in staff:
        assert user.groups.get().name.lower() == user.username
        assert units_of(user).get().incoming_identifier == demo.UNIT
        assert user.is_staff
        assert not user.is_superuser
        assert user.check_password(demo.DEMO_PASSWORD)


def test_a_log_in_whose_password_was_changed_is_not_printed(db, settings, capsys):
    settings.DEBUG = True
    demo.create_users()
    call_command("demo", "--log-in")
    assert capsys.readouterr().out == f"{LOG_IN}\n"
    user = get_user_model().objects.get(username=demo.DEMO_USER)
    user.set_password("another-one")
    user.save()
    call_command("demo", "--log-in")
    assert capsys.readouterr().out.strip() == ""
    assert not demo.exists()


def test_no_two_people_share_what_finds_them():
    people = [person(number) for number in range(story.MOST_MEMBERS)]
    for attribute in ("external_id", "email", "phone", "card_number"):
        assert len({getattr(each, attribute) for each in people}) == len(people)
    assert all(each.email.endswith("@example.com") for each in people)


def test_the_shop_is_busier_on_saturdays_than_on_mondays():
    zone = Scheme(time_zone="Europe/London").zone
    end = datetime(2026, 1, 1, tzinfo=UTC)
    all_days = [
        visit.at.astimezone(zone)
        for member in range(60)
        for visit in habits.visits(
            member,
            since=shop.STARTS_AT,
            now=end,
            zone=zone,
            rng=random.Random(member),
        )
    ]
    days = [day for day in all_days if day < end - habits.MEMBERS_DAYS_BEGAN]
    saturdays = sum(day.weekday() == 5 for day in days)
    assert saturdays > sum(day.weekday() == 0 for day in days)
    assert all(8 <= day.hour < 22 for day in days)


def test_an_address_of_the_demo_finds_its_member(built):
    unit = Unit.objects.get(incoming_identifier="aeplc")
    found = Identity.objects.for_value(unit=unit, value=person(0).email.upper())
    assert found.get().member.name == person(0).name
