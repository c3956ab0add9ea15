"""Pending rules: which grants wait, when they activate, when they are canceled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TypeVar

from loyalty.errors import InvalidRule
from loyalty.errors import gettext_noop as _
from schemes.policies.periods import Period, local_time, start_of_next_day
from schemes.policies.year_days import YearDay, next_listed_start, parse_year_days

Choice = TypeVar("Choice", bound=StrEnum)


class PendingMode(StrEnum):
    """What ends the wait of a grant. Source: Voucherify v2, `pending_points.type`."""

    IMMEDIATE = "IMMEDIATE"
    PERIOD_BASED = "PERIOD_BASED"
    FIXED_DATES = "FIXED_DATES"
    EVENT_BASED = "EVENT_BASED"


def parse_choice(choices: type[Choice], text: str, *, field: str) -> Choice:
    """The member of `choices` named `text`; InvalidRule on `field` if there is none."""
    try:
        return choices(text)
    except ValueError as error:
        message = _('"%(text)s" is not one of %(choices)s.')
        values = {"text": text, "choices": ", ".join(choices)}
        raise InvalidRule(message, values=values, field=field) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRule:
    """How the points of one card definition wait before they can be spent.

    Attributes:
        mode: what ends the wait.
        period: PERIOD_BASED: how long, from the earn moment.
        rounds_up: PERIOD_BASED: up to the start of the next local day.
        dates: FIXED_DATES: the days of the year on which waiting points activate.
        events: EVENT_BASED: the names of the events that activate.
        deadline: EVENT_BASED: when points whose event never came are canceled,
            from the earn moment.
        min_points: a grant of at least this many points waits.
        min_amount: a grant for at least this amount (minor units) waits.

    What belongs to another mode is ignored, so that a mode can be tried and undone.
    Sources: Voucherify v2 `pending_points`; Eagle Eye "Pending Points" recipe, step
    1.6, and its threshold mode for `min_points` and `min_amount`.
    """

    mode: PendingMode = PendingMode.IMMEDIATE
    period: Period | None = None
    rounds_up: bool = False
    dates: tuple[YearDay, ...] = ()
    events: tuple[str, ...] = ()
    deadline: Period | None = None
    min_points: int | None = None
    min_amount: int | None = None

    @classmethod
    def parse(
        cls,
        *,
        mode: str,
        period: str = "",
        rounds_up: bool = False,
        dates: Sequence[Mapping[str, int]] = (),
        events: Sequence[str] = (),
        deadline: str = "",
        min_points: int | None = None,
        min_amount: int | None = None,
    ) -> "PendingRule":
        """Read a rule as it is stored: texts for periods, dicts for days.

        Raises: InvalidRule on `pending_mode`, `pending_period` and so on.
        """
        return cls(
            mode=parse_choice(PendingMode, mode, field="pending_mode"),
            period=Period.parse(period, field="pending_period") if period else None,
            rounds_up=rounds_up,
            dates=parse_year_days(dates, field="pending_dates") if dates else (),
            events=tuple(events),
            deadline=(
                Period.parse(deadline, field="pending_deadline") if deadline else None
            ),
            min_points=min_points,
            min_amount=min_amount,
        )

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Refuse a rule that lacks what its mode needs; no such rule can be made.

        A rule that cannot be followed must never mean "spendable at once".
        Raises: InvalidRule on the missing or impossible field.
        """
        needs: dict[PendingMode, tuple[tuple[str, object], ...]] = {
            PendingMode.IMMEDIATE: (),
            PendingMode.PERIOD_BASED: (("pending_period", self.period),),
            PendingMode.FIXED_DATES: (("pending_dates", self.dates),),
            PendingMode.EVENT_BASED: (
                ("pending_events", self.events),
                ("pending_deadline", self.deadline),
            ),
        }
        for field, value in needs[self.mode]:
            if not value:
                values = {"mode": self.mode, "field": field}
                raise InvalidRule(
                    _("%(mode)s needs %(field)s."), values=values, field=field
                )
        if not all(isinstance(event, str) and event.strip() for event in self.events):
            raise InvalidRule(_("An event needs a name."), field="pending_events")
        if len(set(self.events)) < len(self.events):
            raise InvalidRule(_("An event is listed twice."), field="pending_events")
        for field, least in (
            ("pending_min_points", self.min_points),
            ("pending_min_amount", self.min_amount),
        ):
            if least is not None and least < 1:
                message = _("%(field)s must be at least 1.")
                raise InvalidRule(message, values={"field": field}, field=field)


def waits(*, rule: PendingRule, points: int, amount: int | None) -> bool:
    """Whether a grant waits at all, or is active at once.

    A grant waits if it reaches any of the thresholds that are set; if none is set,
    every grant waits. IMMEDIATE never waits.

    Args:
        rule: the definition's rule.
        points: the points granted.
        amount: the order's amount in minor units, or None for a grant without an
            order; such a grant is judged by its points only, and so does not wait
            if only `min_amount` is set.
    """
    if rule.mode is PendingMode.IMMEDIATE:
        return False
    if rule.min_points is None and rule.min_amount is None:
        return True
    enough_points = rule.min_points is not None and points >= rule.min_points
    return enough_points or (
        rule.min_amount is not None and amount is not None and amount >= rule.min_amount
    )


def activation_moment(
    *, rule: PendingRule, earned_at: datetime, zone: tzinfo
) -> datetime | None:
    """When points that wait under `rule` become spendable; ask `waits` first.

    IMMEDIATE: at once. PERIOD_BASED: the period after the earn moment, rounded up to
    a local midnight if the rule says so. FIXED_DATES: the first listed day whose
    start is later than the earn moment. EVENT_BASED: None, only an event can tell.

    Args: the rule, checked; the aware earn moment; the scheme's zone.
    Returns: an aware UTC moment, never before `earned_at`, or None.
    Raises: InvalidRule beyond year 9999; TypeError for a naive moment.
    """
    if rule.mode is PendingMode.FIXED_DATES:
        return next_listed_start(
            rule.dates, after=earned_at, zone=zone, field="pending_dates"
        )
    if rule.mode is PendingMode.PERIOD_BASED and rule.period is not None:
        moment = rule.period.after(earned_at, zone=zone, field="pending_period")
        if not rule.rounds_up:
            return moment
        return start_of_next_day(moment, zone=zone, field="pending_period")
    if rule.mode is PendingMode.EVENT_BASED:
        return None
    return local_time(earned_at, zone=UTC)


def cancellation_moment(
    *, rule: PendingRule, earned_at: datetime, zone: tzinfo
) -> datetime | None:
    """When waiting points are canceled because their event did not come.

    Args, errors: as in `activation_moment`. Returns: an aware UTC moment for
    EVENT_BASED, exact and never rounded; None for the other modes.
    """
    if rule.mode is not PendingMode.EVENT_BASED or rule.deadline is None:
        return None
    return rule.deadline.after(earned_at, zone=zone, field="pending_deadline")
