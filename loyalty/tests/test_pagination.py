"""Walking a list page by page gives every row once and in order, at a flat cost."""

import base64
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import client, refusal, statements
from transactions import ledger
from transactions.models import Bucket, Transaction

ROWS = 23
COLUMNS = ("id", "earned_at", "activates_at", "expires_at")
ORDERINGS = [*COLUMNS, *(f"-{column}" for column in COLUMNS)]

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    """A card with buckets of few different dates, and many without."""
    card = CardFactory()
    now = timezone.now()
    choose = random.Random(7)
    rows = []
    for number in range(ROWS):
        starts = choose.choice([None, now + timedelta(days=choose.randint(1, 3))])
        ends = choose.choice([None, now + timedelta(days=choose.randint(4, 6))])
        dates = {"valid_from": starts, "valid_to": ends}
        arguments = {"points": number + 1, **dates}
        rows.append(
            ledger.Row(
                verb=ledger.BatchVerb.CREDIT, card_id=card.pk, arguments=arguments
            )
        )
    ledger.batch(rows=rows, now=now)
    return card


@pytest.fixture
def api(card):
    return client(card.member.unit)


def expected(ordering: str) -> list[str]:
    """The ids in this ordering: ties by the id in its direction, empty values last."""
    descending, column = ordering.startswith("-"), ordering.lstrip("-")
    rows = sorted(Bucket.objects.all(), key=lambda row: row.pk, reverse=descending)
    filled = [row for row in rows if getattr(row, column) is not None]
    filled.sort(key=lambda row: getattr(row, column), reverse=descending)
    if descending:  # a stable sort in reverse keeps the order of ties
        assert [row.pk for row in rows] == sorted((r.pk for r in rows), reverse=True)
    empty = [row for row in rows if getattr(row, column) is None]
    return [str(row.uuid) for row in filled + empty]


def joined(pages: Any) -> list[str]:
    return [row for page in pages for row in page]


def walk(api: Any, address: str, *, direction: str, limits: Any) -> list[list[str]]:
    """The ids on each page, from an address to the end in one direction."""
    pages = []
    link: str | None = address
    while link:
        page = api.get(f"{link}&limit={next(limits)}").json()
        pages.append([row["id"] for row in page["results"]])
        link = page[direction]
    return pages


def sizes(seed: int) -> Any:
    choose = random.Random(seed)
    while True:
        yield choose.randint(1, 9)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_walking_forward_gives_every_row_once_and_in_order(api, card, ordering):
    for seed in range(3):
        address = f"buckets/?card={card.uuid}&ordering={ordering}"
        pages = walk(api, address, direction="next", limits=sizes(seed))
        assert joined(pages) == expected(ordering)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_walking_back_gives_every_row_once_and_in_order(api, card, ordering):
    for seed in range(3):
        limit = ROWS - 1
        page = api.get(
            "buckets/", card=card.uuid, ordering=ordering, limit=limit
        ).json()
        last = api.get(page["next"]).json()
        assert len(last["results"]) == 1
        assert last["next"] is None
        pages = walk(api, last["previous"], direction="previous", limits=sizes(seed))
        rows = joined(reversed(pages))
        assert rows == expected(ordering)[:-1]


def test_the_first_page_has_none_before_it_and_the_last_none_after_it(api):
    everything = api.get("buckets/", limit=ROWS).json()
    assert everything["next"] is everything["previous"] is None
    first = api.get("buckets/", limit=ROWS - 1).json()
    assert first["previous"] is None
    back = api.get(api.get(first["next"]).json()["previous"]).json()
    assert back["previous"] is None
    assert back["results"] == first["results"]


def test_links_keep_the_filter(api, card):
    other = CardFactory(definition=card.definition)
    ledger.credit(card=other, points=1, now=timezone.now())
    pages = walk(
        api, f"buckets/?card={card.uuid}", direction="next", limits=iter([5] * 9)
    )
    assert len(joined(pages)) == ROWS


def test_rows_added_while_walking_move_no_other_row(api, card):
    first = api.get("buckets/", limit=10).json()
    ledger.credit(card=card, points=1, now=timezone.now())
    second = api.get(first["next"]).json()
    ids = [row["id"] for page in (first, second) for row in page["results"]]
    assert ids == expected("-id")[1:21]


def test_a_row_that_leaves_the_filter_does_not_end_the_walk(api):
    first = api.get("buckets/", status="PENDING", limit=1).json()
    edge = first["results"][0]["id"]
    ledger.activate(bucket=Bucket.objects.get(uuid=edge), now=timezone.now())
    second = api.get(first["next"])
    assert second.status_code == 200
    assert edge not in second.content.decode()


def test_any_page_costs_as_many_statements_as_the_second(api):
    page = api.get("transactions/", limit=2).json()
    counts = []
    while page["next"]:
        link = page["next"]
        counts.append(len(statements(lambda link=link: api.get(link))))
        page = api.get(link).json()
    assert len(counts) >= ROWS // 2
    assert len(set(counts)) == 1


def test_no_page_counts_or_skips_rows(api):
    link = api.get("transactions/", limit=2).json()["next"]
    sent = " ".join(statements(lambda: api.get(link)))
    assert "COUNT(" not in sent
    assert "OFFSET" not in sent


UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"


def cursor(*content: Any) -> str:
    text = json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        "%%%",
        "é",
        "null",
        cursor(),
        cursor(["-id"], "x", False),
        cursor(["-id"], 7, False),
        cursor(["-id"], None, False),
        cursor(["-id"], UNKNOWN, False),
        cursor("-id", UNKNOWN, False),
        cursor(["password"], UNKNOWN, False),
        cursor({}, {}, {}),
        cursor(["-id"], 10**400, False),
        cursor(["-id"], "\ud800", False),
    ],
)
def test_a_cursor_that_this_list_did_not_make_is_refused(api, garbage):
    response = api.get("buckets/", cursor=garbage)
    assert refusal(response) == (400, "invalid_cursor"), response.json()
    assert response.json()["details"].startswith("cursor: ")


def test_a_cursor_of_another_ordering_or_list_is_refused(api, card):
    page = api.get("buckets/", limit=1).json()
    text = page["next"].split("cursor=")[1].split("&")[0]
    for address, parameters in (
        ("buckets/", {"ordering": "expires_at", "card": card.uuid}),
        ("transactions/", {}),
        ("members/", {}),
    ):
        response = api.get(address, cursor=text, **parameters)
        assert refusal(response) == (400, "invalid_cursor")


def test_a_cursor_names_a_row_by_its_uuid(api):
    page = api.get("transactions/", limit=1).json()
    text = page["next"].split("cursor=")[1].split("&")[0]
    decoded = json.loads(base64.urlsafe_b64decode(text + "=="))
    assert Transaction.objects.get(uuid=decoded[1])


@pytest.mark.parametrize("limit", ["0", "-1", "251", "99999", "1.5", "x", "", "٣"])
def test_a_limit_out_of_bounds_is_refused(api, limit):
    response = api.get("members/", limit=limit)
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("limit: ")


def test_a_page_has_50_rows_if_nobody_says_how_many_and_at_most_250(api, card):
    MemberFactory.create_batch(60, unit=card.member.unit)
    assert len(api.rows("members/")) == 50
    assert len(api.rows("members/", limit=250)) == 61


@pytest.mark.parametrize("ordering", ["points", "card__code", "password", "pk"])
def test_an_ordering_that_is_not_offered_is_not_followed(api, ordering):
    response = api.get("buckets/", ordering=ordering)
    assert response.status_code == 400 or [
        row["id"] for row in response.json()["results"]
    ] == expected("-id")
