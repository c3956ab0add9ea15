"""The queue of pending points: what it shows, finds and says is late."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.sites import site
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import CardFactory
from schemes.tests.admin_forms import sql_of
from transactions import ledger, sweeps
from transactions.admin.pending import PendingPoints, filters, page
from transactions.models import Bucket, SweepRun
from transactions.tests.helpers import card_with
from transactions.tests.queue_pages import QUEUE, make_queue, overdue, pending

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(db):
    return card_with()


@pytest.fixture
def agent(staff_client, card):
    return staff_client("Agent", card.member.unit)


@pytest.fixture
def time_in(monkeypatch):
    """A card in a zone, and the filters' clock at 10 June 2025, 11:30 UTC."""

    @contextmanager
    def use(zone):
        now = datetime(2025, 6, 10, 11, 30, tzinfo=UTC).astimezone(ZoneInfo(zone))
        with monkeypatch.context() as patch:
            patch.setattr(filters.timezone, "now", lambda: now)
            yield card_with(scheme__time_zone=zone), now

    return use


def shown(client, query=""):
    answer = client.get(reverse(QUEUE) + query)
    assert answer.status_code == 200, answer
    return [bucket.pk for bucket in answer.context["cl"].result_list]


def text_of(client, query=""):
    text = client.get(reverse(QUEUE) + query).content.decode()
    return text.replace("\xa0", " ")


def test_the_page_is_made_as_the_admin_wants_it():
    assert PendingPoints(Bucket, site).check() == []


def test_what_waits_is_shown_the_next_due_first(agent, card):
    later, soon = pending(card, days=9), pending(card, days=2)
    late = overdue(card)
    active = pending(CardFactory(definition=card.definition))
    ledger.activate(bucket=active, now=timezone.now())
    assert shown(agent) == [late.pk, soon.pk, later.pk]


def test_points_that_await_an_event_come_last(staff_client):
    card = card_with(
        pending_mode="EVENT_BASED", pending_events=["DELIVERED"], pending_deadline="30D"
    )
    event = ledger.earn(card=card, points=5, now=timezone.now()).bucket
    dated = pending(card)
    client = staff_client("Agent", card.member.unit)
    assert shown(client) == [dated.pk, event.pk]
    assert shown(client, "?due=event") == [event.pk]
    assert "DELIVERED" in text_of(client)


def test_each_filter_finds_what_it_says(agent, card):
    late = overdue(card, order="LATE")
    soon = pending(card, days=20, order="SOON")
    far = pending(card, days=60, ago_days=40, order="FAR")
    assert shown(agent, "?due=overdue") == [late.pk]
    assert shown(agent, "?due=month") == [late.pk, soon.pk]
    assert shown(agent, "?age=30") == [far.pk]
    assert shown(agent, "?q=SOON") == [soon.pk]
    assert shown(agent, f"?q={card.code}") == [late.pk, soon.pk, far.pk]
    day = (timezone.now() + timedelta(days=50)).date().isoformat()
    assert shown(agent, f"?activates_at_from={day}") == [far.pk]
    scheme = card.definition.scheme_id
    of_scheme = f"?card__definition__scheme__id__exact={scheme}"
    assert len(shown(agent, of_scheme)) == 3


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_today_is_the_scheme_s_day(staff_client, time_in, zone):
    # 10 June, 11:30 UTC: 23:30 of the 10th in Auckland, 4:30 of the 10th in Los Angeles.
    with time_in(zone) as (card, now):
        client = staff_client("Agent", card.member.unit)
        begin = now.replace(hour=0, minute=0)
        inside = [begin + timedelta(hours=hour) for hour in (0, 23)]
        beside = [begin - timedelta(minutes=1), begin + timedelta(days=1)]
        earned = now - timedelta(days=3)
        dates = {
            ledger.earn(card=card, points=1, now=earned, valid_from=at).bucket.pk: at
            for at in (*inside, *beside)
        }
        assert [dates[pk] for pk in shown(client, "?due=today")] == inside
        assert zone in text_of(client)
        week = [dates[pk] for pk in shown(client, "?due=week")]
        assert week == [*inside, beside[1]]  # a Tuesday


@pytest.mark.parametrize("query", ["due=x", "age=x", "age=7777", "p=999", "nonsense=1"])
def test_a_filter_that_makes_no_sense_is_no_error(agent, card, query):
    pending(card)
    assert agent.get(reverse(QUEUE) + f"?{query}").status_code in {200, 302}


def test_the_sum_above_the_list_stops_counting_somewhere(agent, card, monkeypatch):
    for _ in range(3):
        pending(card)
    assert ">30<" in text_of(agent)
    monkeypatch.setattr(page, "COUNTED", 2)
    text = text_of(agent)
    assert ">2+<" in text
    assert ">30+<" in text


def test_an_empty_queue_says_what_to_do_next(agent, card):
    assert "No points are waiting" in text_of(agent)
    pending(card)
    assert "Nothing waits under this filter" in text_of(agent, "?due=overdue")


def test_other_units_points_are_in_no_row_and_no_sum(agent, card):
    pending(card)
    (theirs,) = make_queue(1, scheme__name="Theirs")
    bucket = Bucket.objects.get(card=theirs)
    text = text_of(agent)
    assert shown(agent) == [Bucket.objects.get(card=card).pk]
    assert theirs.code not in text
    assert "Theirs" not in text
    assert ">10<" in text
    scheme = theirs.definition.scheme_id
    for query in (
        f"?q={theirs.code}",
        f"?card__definition__scheme__id__exact={scheme}",
    ):
        assert bucket.pk not in shown(agent, query)


def test_who_may_not_see_buckets_sees_no_queue(staff_client, card):
    client = staff_client(
        "", card.member.unit, permissions=["transactions.activate_bucket"]
    )
    assert client.get(reverse(QUEUE)).status_code == 403
    assert "pending" not in client.get(reverse("admin:index")).content.decode()


def test_only_who_may_sees_the_ways_to_act(staff_client, card):
    pending(card)
    for role, may in (("Viewer", False), ("Finance", False), ("Agent", True)):
        text = text_of(staff_client(role, card.member.unit))
        assert ("Cancel all of these" in text) == may
        assert ('value="cancel_selected"' in text) == may


def test_the_list_takes_few_statements_however_long_it_is(agent, card):
    overdue(card)
    few = len(sql_of(agent, reverse(QUEUE)))
    for _ in range(5):
        pending(CardFactory(definition=card.definition))
        overdue(card)
    statements = sql_of(agent, reverse(QUEUE))
    assert len(statements) == few <= 16
    counting = [each for each in statements if "COUNT(" in each]
    assert all(f"LIMIT {page.COUNTED + 1}" in each for each in counting)


# --- What is late, and why ------------------------------------------------------------


def ran(name, *, ago, error=""):
    at = timezone.now() - ago
    return SweepRun.objects.create(
        name=name, until=at, started_at=at, finished_at=at, error=error
    )


def test_late_points_say_that_no_sweep_has_ever_run(agent, card):
    overdue(card)
    assert "2 days late: no sweep has ever run" in text_of(agent)


def test_late_points_say_since_when_there_was_no_sweep(agent, card):
    overdue(card)
    ran("ACTIVATE_DUE", ago=timedelta(hours=3))
    ran("EXPIRE_DUE", ago=timedelta(seconds=2))
    text = text_of(agent)
    assert "2 days late: no sweep for 3" in text
    assert "hours" in text


def test_late_points_that_the_sweep_skips_say_why_and_only_their_own(agent, card):
    bucket = overdue(card)
    error = f"bucket {bucket.pk}: IntegrityError: mine\nbucket 99{bucket.pk}: theirs\n"
    ran("ACTIVATE_DUE", ago=timedelta(seconds=2), error=error)
    text = text_of(agent)
    assert "the sweep could not do it: IntegrityError: mine" in text
    assert "theirs" not in text


def test_of_an_error_with_something_else_only_that_it_was_is_told(agent, card):
    overdue(card)
    ran("ACTIVATE_DUE", ago=timedelta(seconds=2), error="OperationalError: secret\n")
    text = text_of(agent)
    assert "the last sweep failed" in text
    assert "secret" not in text


def test_late_points_are_gone_from_the_queue_after_the_sweep(agent, card):
    overdue(card)
    sweeps.activate_due(now=timezone.now())
    assert shown(agent) == []


def test_an_event_that_did_not_come_is_late_too(staff_client):
    card = card_with(
        pending_mode="EVENT_BASED", pending_events=["DELIVERED"], pending_deadline="2D"
    )
    then = timezone.now() - timedelta(days=5)
    bucket = ledger.earn(card=card, points=5, now=then).bucket
    client = staff_client("Agent", card.member.unit)
    assert shown(client, "?due=overdue") == [bucket.pk]
    ran("EXPIRE_DUE", ago=timedelta(seconds=2))
    assert "3 days late: the next sweep writes it" in text_of(client)
