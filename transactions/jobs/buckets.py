"""Bulk activation and cancellation of pending buckets, and what to expect of it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import IntegrityError
from django.db.models import Case, Count, Max, QuerySet, Sum, Value, When
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card, Member
from loyalty.errors import BadInput, Conflict, Refusal
from schemes.models import CardDefinition, Unit
from transactions import ledger
from transactions.jobs.asking import start
from transactions.jobs.files import fill
from transactions.jobs.steps import Step
from transactions.ledger.locking import require_open
from transactions.models import Bucket, Job, JobChunk, JobRefusal

# A piece holds its cards for half a second or so.
PIECE = 1_000
# More than this many are asked for in parts, for example by their due dates.
MOST = 1_000_000
LONGEST_MESSAGE = 500

Kind = Job.Kind
VERBS: Mapping[str, ledger.BatchVerb] = {
    Kind.ACTIVATE_BUCKETS: ledger.BatchVerb.ACTIVATE,
    Kind.CANCEL_BUCKETS: ledger.BatchVerb.CANCEL,
}
# Of what status, by its dates, a bucket may be: what has become active is activated
# with no harm.
TAKES: Mapping[str, tuple[str, ...]] = {
    Kind.ACTIVATE_BUCKETS: (Bucket.Status.PENDING, Bucket.Status.ACTIVE),
    Kind.CANCEL_BUCKETS: (Bucket.Status.PENDING,),
}


class NothingWaits(BadInput):
    """None of the chosen points are pending any more (400)."""

    default_message = _("None of these points are waiting any more.")


class RefusedByDatabase(Conflict):
    """A constraint does not let the bucket be changed: its rows disagree (409)."""

    key = "refused_by_database"


@dataclass(frozen=True, kw_only=True)
class Hindrance:
    """Buckets that would be refused, all for one reason; `key` is the refusal's."""

    key: str
    buckets: int
    points: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a bulk action would find. `latest`: the highest id among the buckets."""

    buckets: int
    points: int
    latest: int
    hindrances: list[Hindrance]

    @property
    def can(self) -> int:
        """How many buckets the verb would take."""
        return self.buckets - sum(each.buckets for each in self.hindrances)

    @property
    def can_points(self) -> int:
        """The points of those."""
        return self.points - sum(each.points for each in self.hindrances)


@atomic
def start_buckets(
    *,
    kind: Job.Kind,
    unit: Unit,
    buckets: QuerySet[Bucket],
    actor: str,
    reason: str,
    now: datetime,
) -> Job:
    """Ask for the pending ones of these buckets, as far as they are the unit's.

    Which they are is written down now: what is granted while the job runs is not
    drawn into it, whatever made these buckets be chosen.

    :raises NothingWaits: if there is none.
    :raises BadInput: without a reason, or if there are too many.
    """
    if not reason.strip():
        raise BadInput(_("Say why."), field="reason")
    waiting = buckets.filter(status=Bucket.Status.PENDING)
    chosen = waiting.filter(card__member__unit=unit)
    # By card, so that no two jobs ever wait for each other crosswise.
    ids = list(
        chosen.order_by("card_id", "pk").values_list("card_id", "pk")[: MOST + 1]
    )
    if not ids:
        raise NothingWaits
    if len(ids) > MOST:
        raise BadInput(
            _("At most %(most)s buckets at once: narrow the filter."),
            values={"most": MOST},
        )
    job = start(
        kind=kind,
        unit=unit,
        actor=actor,
        now=now,
        reason=reason.strip(),
        parameters={},
        total=len(ids),
    )
    fill(job=job, file=JobChunk.File.INPUT, pieces=_pieces(ids))
    return job


def _pieces(ids: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """The ids of the buckets; a piece ends where a card ends.

    Because what is due on a card is settled together, whichever of it is asked for.
    """
    piece: list[int] = []
    for _card, of_card in groupby(ids, key=itemgetter(0)):
        more = [pk for _card, pk in of_card]
        if piece and len(piece) + len(more) > PIECE:
            yield json.dumps(piece).encode()
            piece = []
        piece += more
    yield json.dumps(piece).encode()


def do_buckets(job: Job, now: datetime) -> Step:
    """Do the next piece; `position` counts the pieces. The ledger does it as a batch."""
    pieces = JobChunk.objects.filter(job=job, file=JobChunk.File.INPUT)
    piece = json.loads(bytes(pieces.get(number=job.position).content))
    of_piece = Bucket.objects.only("card").filter(pk__in=piece)
    buckets = list(of_piece.order_by("card_id", "pk"))
    outcomes = _outcomes([_row(job, bucket) for bucket in buckets], now=now)
    refusals = [
        JobRefusal(
            job=job,
            row=bucket.pk,
            key=outcome.refusal.key,
            message=outcome.refusal.message[:LONGEST_MESSAGE],
        )
        for bucket, outcome in zip(buckets, outcomes, strict=True)
        if outcome.refusal
    ]
    JobRefusal.objects.bulk_create(refusals)
    return Step(
        position=job.position + 1,
        done=len(buckets) - len(refusals),
        refused=len(refusals),
        points=-sum(each.answer.pending_points for each in outcomes if each.answer),
        finished=not pieces.filter(number=job.position + 1).exists(),
    )


def _row(job: Job, bucket: Bucket) -> ledger.Row:
    return ledger.Row(
        verb=VERBS[job.kind],
        card_id=bucket.card_id,
        arguments={"bucket": bucket},
        cause=ledger.Cause(
            actor=job.actor,
            reason=job.reason,
            # Also what leads from the transaction back to the job.
            idempotency_key=f"job-{job.uuid}-{bucket.pk}",
        ),
    )


def _outcomes(rows: Sequence[ledger.Row], *, now: datetime) -> list[ledger.Outcome]:
    """What becomes of the rows; one that the database refuses stops no other.

    It says so of all of them at once: halves are tried until the bad one stands alone.
    """
    try:
        with atomic():
            return ledger.batch(rows=rows, now=now)
    except IntegrityError as error:
        if len(rows) == 1:
            refusal = RefusedByDatabase(" ".join(str(error).split()))
            return [ledger.Outcome(refusal=refusal)]
    half = len(rows) // 2
    return [*_outcomes(rows[:half], now=now), *_outcomes(rows[half:], now=now)]


def forecast(*, kind: Job.Kind, buckets: QuerySet[Bucket], now: datetime) -> Forecast:
    """How many of these buckets wait, and which of them would be refused at `now`.

    One statement counts them by what decides about them, however many there are.
    """
    # What the dates have decided already, though nobody may have written it yet.
    decided = Case(
        When(activates_at__lte=now, then=Value(Bucket.Status.ACTIVE)),
        When(
            activates_at=None, cancels_at__lte=now, then=Value(Bucket.Status.CANCELED)
        ),
        default=Value(Bucket.Status.PENDING),
    )
    groups: Any = list(
        buckets.order_by()
        .values("card__status", "card__member__status", "card__definition")
        .annotate(
            decided=decided,
            buckets=Count("pk"),
            points=Sum("remaining"),
            latest=Max("pk"),
        )
    )
    definitions = CardDefinition.objects.select_related("scheme").in_bulk(
        {group["card__definition"] for group in groups}
    )
    hindered: dict[str, list[dict[str, Any]]] = {}
    for group in groups:
        key = _refused(group, kind=kind, definitions=definitions, now=now)
        if key:
            hindered.setdefault(key, []).append(group)
    return Forecast(
        buckets=sum(group["buckets"] for group in groups),
        points=sum(group["points"] for group in groups),
        latest=max((group["latest"] for group in groups), default=0),
        hindrances=[
            Hindrance(
                key=key,
                buckets=sum(group["buckets"] for group in those),
                points=sum(group["points"] for group in those),
            )
            for key, those in sorted(hindered.items())
        ],
    )


def _refused(
    group: Mapping[str, Any],
    *,
    kind: Job.Kind,
    definitions: Mapping[int, CardDefinition],
    now: datetime,
) -> str:
    """The key with which the verb would refuse buckets of such cards, or none."""
    card = Card(
        status=group["card__status"],
        member=Member(status=group["card__member__status"]),
        definition=definitions[group["card__definition"]],
    )
    try:
        require_open(card, at=now)
    except Refusal as refusal:
        return refusal.key
    return "" if group["decided"] in TAKES[kind] else ledger.BucketNotPending.key
