"""The rows to measure on: cards with points to spend and points that wait, and a file."""

from datetime import datetime, timedelta
from pathlib import Path

from accounts.models import Card
from benchmarks.activation import data
from schemes.models import CardDefinition, EarnRate
from transactions import ledger

BUCKETS_OF_A_CARD = 4
# Nothing becomes due while it is measured.
PENDING = timedelta(days=60)
OPENING = 10_000
AT_ONCE = 1_000
HEADER = "reference,member,time,kind,amount,order,points,reason"
# Lines come in twenties: 14 earn, 3 spend, 2 credit, and one refunds the last order.
KINDS = ("earn",) * 13 + ("spend",) * 3 + ("credit",) * 2 + ("earn", "refund")


def build(*, rows: int, now: datetime) -> None:
    """Fill an empty database with so many pending buckets, and points to spend."""
    cards = max(rows // BUCKETS_OF_A_CARD, 1)
    data.build(buckets=rows, cards=cards, now=now, pending=PENDING)
    definition = CardDefinition.objects.get()
    unit = definition.scheme.unit
    EarnRate.objects.create(
        card_definition=definition,
        incoming_identifier=unit.incoming_identifier,
        points=1,
        step=100,
    )
    pks = list(Card.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(pks), AT_ONCE):
        credits = [
            ledger.Row(
                verb=ledger.BatchVerb.CREDIT,
                card_id=card,
                arguments={"points": OPENING},
                cause=ledger.Cause(actor="benchmark", reason="to be spent"),
            )
            for card in pks[first : first + AT_ONCE]
        ]
        ledger.batch(rows=credits, now=now)


def write(path: Path, *, rows: int, at: datetime) -> None:
    """Write a file of so many lines for the members, each of another one."""
    members = Card.objects.count()
    lines = (_line(number, members=members, at=at) for number in range(rows))
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")


def _line(number: int, *, members: int, at: datetime) -> str:
    kind = KINDS[number % len(KINDS)]
    order = number - (kind == "refund")  # of the line before
    amount, points, reason = {
        "earn": ("1234", "", ""),
        "refund": ("", "", ""),
        "spend": ("", "5", ""),
        "credit": ("", "7", "sorry"),
    }[kind]
    named = "" if kind == "credit" else f"order-of-line-{order}"
    member = f"customer-{1 + order % members}"
    return (
        f"{number},{member},{at.isoformat()},{kind},{amount},{named},{points},{reason}"
    )
