"""Activating and canceling many pending points at once, from their queue."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from accounts.models import Card
from transactions import jobs
from transactions.admin.pending import bulk as bulk_page
from transactions.models import Bucket, Job, Transaction
from transactions.tests.helpers import assert_adds_up
from transactions.tests.queue_pages import QUEUE, bulk, make_queue, overdue, pending

pytestmark = pytest.mark.django_db
REASON = "The till counted twice."


@pytest.fixture
def cards(db):
    return make_queue(3)


@pytest.fixture
def agent(staff_client, cards):
    return staff_client("Agent", cards[0].member.unit)


def statuses(cards):
    found = Bucket.objects.filter(card__in=cards).order_by("card_id")
    return list(found.values_list("status", flat=True))


def ids_of(*cards):
    found = Bucket.objects.filter(card__in=cards).values_list("pk", flat=True)
    return "?ids=" + ",".join(str(pk) for pk in found)


def confirm(client, address, *, reason=REASON):
    """Look at the preview and press its button."""
    form = client.get(address).context["form"]
    sent = {"reason": reason, "latest": form["latest"].value()}
    return client.post(address, sent)


def test_ticked_rows_lead_to_a_preview_that_changes_nothing(agent, cards):
    ticked = list(Bucket.objects.filter(card__in=cards[:2]))
    answer = agent.post(
        reverse(QUEUE),
        {
            "action": "cancel_selected",
            ACTION_CHECKBOX_NAME: [bucket.pk for bucket in ticked],
        },
        follow=True,
    )
    text = answer.content.decode()
    assert "20 points in 2 buckets are taken back." in text
    assert "This cannot be undone." in text
    assert cards[0].code in text
    assert cards[2].code not in text
    assert statuses(cards) == ["PENDING"] * 3
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("way", "becomes"), [("cancel", "CANCELED"), ("activate", "ACTIVE")]
)
def test_a_few_are_done_at_once_with_reason_and_name(agent, cards, way, becomes):
    answer = confirm(agent, bulk(way, ids_of(*cards[:2])))
    job = Job.objects.get()
    assert answer.url == reverse("admin:transactions_job_change", args=(job.pk,))
    assert (job.status, job.done, job.points, job.total) == ("DONE", 2, 20, 2)
    assert (job.reason, job.unit) == (REASON, cards[0].member.unit)
    assert statuses(cards) == [becomes, becomes, "PENDING"]
    written = Transaction.objects.latest("pk")
    assert (written.actor, written.reason) == (
        f"staff:{agent.user.get_username()}",
        REASON,
    )
    for card in cards:
        assert_adds_up(card)


def test_all_that_the_filter_finds_is_done_and_nothing_else(agent, cards):
    late = overdue(cards[0])
    confirm(agent, bulk("activate", "?due=overdue"))
    late.refresh_from_db()
    assert late.status == "ACTIVE"
    assert Job.objects.get().done == 1
    assert Bucket.objects.filter(status="PENDING").count() == 3


def test_what_was_granted_after_the_preview_is_left_alone(agent, cards):
    form = agent.get(bulk("cancel")).context["form"]
    pending(cards[0])
    sent = {"reason": REASON, "latest": form["latest"].value()}
    agent.post(bulk("cancel"), sent)
    assert Job.objects.get().done == 3
    assert Bucket.objects.filter(status="PENDING").count() == 1


def test_more_than_a_hundred_are_a_job_of_the_worker_s(agent, cards, monkeypatch):
    monkeypatch.setattr(bulk_page, "AT_ONCE", 2)
    assert "It becomes a job" in agent.get(bulk("cancel")).content.decode()
    confirm(agent, bulk("cancel"))
    job = Job.objects.get()
    assert (job.status, job.total, job.done) == ("WAITING", 3, 0)
    assert statuses(cards) == ["PENDING"] * 3


def test_the_preview_says_which_cannot_be_and_the_job_lists_them(agent, cards):
    Card.objects.filter(pk=cards[1].pk).update(status="BLOCKED")
    text = agent.get(bulk("cancel")).content.decode()
    assert "20 points in 2 buckets are taken back." in text
    assert "1 bucket cannot be" in text
    assert "1 bucket with 10 points: the card is blocked or closed" in text
    page = agent.get(confirm(agent, bulk("cancel")).url).content.decode()
    assert "2 of 3 done, 1 refused, 20 points" in page
    assert f"Card {cards[1].code} is blocked." in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_good_reason_nothing_is_done_and_the_form_says_so(
    agent, cards, reason
):
    answer = confirm(agent, bulk("cancel"), reason=reason)
    assert answer.status_code == 200
    assert answer.context["form"].errors["reason"]
    assert statuses(cards) == ["PENDING"] * 3
    assert not Job.objects.exists()


def test_pressing_twice_does_each_bucket_once(agent, cards):
    address = bulk("cancel", ids_of(*cards))
    form = agent.get(address).context["form"]
    sent = {"reason": REASON, "latest": form["latest"].value()}
    agent.post(address, sent)
    again = agent.post(address, sent)
    assert again.status_code == 200
    assert "waiting any more" in again.content.decode()
    assert Transaction.objects.filter(type="PENDING_POINTS_CANCELED").count() == 3


def test_points_of_two_units_become_a_job_in_each(staff_client, cards):
    others = make_queue(1)
    units = [cards[0].member.unit, others[0].member.unit]
    client = staff_client("Agent", *units)
    answer = confirm(client, bulk("cancel"))
    assert answer.url == reverse("admin:transactions_job_changelist")
    done = dict(Job.objects.values_list("unit", "done"))
    assert done == {units[0].pk: 3, units[1].pk: 1}


# --- Who may --------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["activate", "cancel"])
@pytest.mark.parametrize("role", ["", "Viewer", "Finance"])
def test_who_may_not_is_refused_also_by_forged_posts(staff_client, cards, role, way):
    client = staff_client(role, cards[0].member.unit)
    assert client.get(bulk(way)).status_code == 403
    sent = {"reason": REASON, "latest": 2**40}
    assert client.post(bulk(way), sent).status_code == 403
    pks = [bucket.pk for bucket in Bucket.objects.all()]
    for across in ("0", "1"):
        ticked = {"action": f"{way}_selected", ACTION_CHECKBOX_NAME: pks}
        client.post(reverse(QUEUE), ticked | {"select_across": across})
    assert statuses(cards) == ["PENDING"] * 3
    assert not Job.objects.exists()


def test_who_may_only_activate_may_not_cancel(staff_client, cards):
    may = ["transactions.view_bucket", "transactions.activate_bucket"]
    client = staff_client("", cards[0].member.unit, permissions=may)
    assert client.get(bulk("activate")).status_code == 200
    sent = {"reason": REASON, "latest": 2**40}
    assert client.post(bulk("cancel"), sent).status_code == 403


def test_another_unit_s_points_are_not_there_however_they_are_asked_for(agent, cards):
    theirs = make_queue(2)
    for query in (ids_of(*theirs), f"?q={theirs[0].code}"):
        assert "waiting any more" in agent.get(bulk("cancel", query)).content.decode()
        sent = {"reason": REASON, "latest": 2**40}
        assert agent.post(bulk("cancel", query), sent).status_code == 200
    confirm(agent, bulk("cancel"))
    assert statuses(theirs) == ["PENDING"] * 2
    assert statuses(cards) == ["CANCELED"] * 3


def test_a_post_from_elsewhere_is_refused(agent, cards):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agent.user)
    sent = {"reason": REASON, "latest": 2**40}
    assert strict.post(bulk("cancel"), sent).status_code == 403
    assert statuses(cards) == ["PENDING"] * 3


@pytest.mark.parametrize(
    "query", ["?ids=", "?ids=x,-1,1.5", "?ids=" + "9" * 400, "?ids=%00", "?ids=²"]
)
def test_ids_of_no_form_find_nothing(agent, cards, query):
    answer = agent.get(bulk("cancel", query))
    assert answer.status_code == 200
    assert "waiting any more" in answer.content.decode()


@pytest.mark.parametrize("latest", ["", "x", "-1", "9" * 400])
def test_a_preview_that_never_was_is_refused(agent, cards, latest):
    answer = agent.post(bulk("cancel"), {"reason": REASON, "latest": latest})
    assert answer.context["form"].errors["latest"]
    assert statuses(cards) == ["PENDING"] * 3


def test_there_is_no_other_way(agent):
    assert agent.get(bulk("expire")).status_code == 404
    assert agent.get(bulk("cancel", "?nonsense__x=1")).status_code == 404


def test_a_worker_may_be_quicker_than_the_page(agent, cards, monkeypatch):
    def busy(*, job, clock):
        return job

    monkeypatch.setattr(jobs, "run_now", busy)
    answer = confirm(agent, bulk("cancel"))
    assert answer.status_code == 302
    assert Job.objects.get().status == "WAITING"
