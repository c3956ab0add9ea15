"""The rules of a card definition, section by section, as sentences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.errors import InvalidRule
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.money import money
from schemes.policies import CountedFrom, ExpiryMode, PendingMode, Period
from schemes.sentences.rates import burn_sentences, earn_sentences
from schemes.sentences.words import in_words, moment, one_of, period, points
from schemes.sentences.words import year_days as days_of_year


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A definition and its rates as they are, or as somebody is about to save them."""

    definition: CardDefinition
    earn_rates: Sequence[EarnRate] = ()
    burn_rates: Sequence[BurnRate] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the rules count."""
        return self.definition.scheme.zone

    @property
    def currency(self) -> str:
        """The currency of the scheme's orders."""
        return self.definition.scheme.currency

    @property
    def identifier(self) -> str:
        """Whose rates are used where an order does not say."""
        return self.definition.scheme.unit.incoming_identifier


@dataclass(frozen=True, slots=True)
class Section:
    """What the rules say about one thing.

    fields: the fields that it is made of.
    problem, field: why nothing can be said, and which field is at fault.
    """

    key: str
    title: str
    sentences: Sequence[str] = ()
    fields: Sequence[str] = ()
    problem: str = ""
    field: str = ""


def sections(rules: Rules) -> list[Section]:
    """All that the rules of a definition say, in the order in which points live."""
    return list(_sections(rules))


def _sections(rules: Rules) -> Iterator[Section]:
    columns = [column.name for column in CardDefinition._meta.fields]
    for key, (title, say, prefixes) in _SECTIONS.items():
        # Rates are no columns: their rows go by the name of the relation.
        own = [name for name in columns if name.startswith(prefixes)]
        fields = own or list(prefixes)
        try:
            said = say(rules)
        except InvalidRule as error:
            yield Section(key, str(title), (), fields, in_words(error), error.field)
        else:
            yield Section(key, str(title), said, fields)


def runs(scheme: Scheme) -> str:
    """Between which moments a scheme runs."""
    starts = moment(scheme.starts_at, scheme.zone)
    if scheme.ends_at is None:
        text = _("The scheme runs from %(starts)s on, without an end.")
        return text % {"starts": starts}
    text = _("The scheme runs from %(starts)s until %(ends)s.")
    return text % {"starts": starts, "ends": moment(scheme.ends_at, scheme.zone)}


def what_publishing_does(now: datetime, scheme: Scheme) -> list[str]:
    """What becomes possible when a scheme, or rules of it, are published at `now`."""
    if scheme.starts_at > now:
        text = _("Points can be earned and spent once the scheme begins, %(starts)s.")
        first = text % {"starts": moment(scheme.starts_at, scheme.zone)}
    else:
        first = _("Points can be earned and spent from this moment on.")
    return [first, _("Points that were granted before keep the dates they have.")]


def what_stopping_does() -> list[str]:
    """What making a scheme or a definition inactive ends, and what goes on."""
    return [
        _(
            "From this moment earning, spending, crediting and debiting are refused, "
            "at tills too."
        ),
        _(
            "Nothing is taken from members: balances stay, waiting points still become "
            "active on their dates, and points still expire on theirs."
        ),
        _("Publishing again lets everything go on. Nothing is lost by stopping."),
    ]


def _pending(rules: Rules) -> list[str]:
    rule = rules.definition.pending_rule
    if rule.mode is PendingMode.IMMEDIATE:
        return [_("Points can be spent at once.")]
    return [_wait(rules), *_who_waits(rules)]


def _wait(rules: Rules) -> str:
    rule = rules.definition.pending_rule
    if rule.mode is PendingMode.PERIOD_BASED:
        assert rule.period is not None  # the rule has been checked
        said = {"period": period(rule.period)}
        if rule.rounds_up:
            text = _("Points wait %(period)s and then for the next start of a day.")
            return text % said
        return _("Points wait %(period)s before they can be spent.") % said
    if rule.mode is PendingMode.FIXED_DATES:
        text = _("Points wait until the next %(days)s begins.")
        return text % {"days": days_of_year(rule.dates)}
    assert rule.deadline is not None  # the rule has been checked
    return _(
        "Points wait until this happens: %(events)s. "
        "If it has not happened %(deadline)s after the purchase, they are canceled."
    ) % {"events": one_of(rule.events), "deadline": period(rule.deadline)}


def _who_waits(rules: Rules) -> list[str]:
    rule = rules.definition.pending_rule
    least = []
    if rule.min_points is not None:
        least.append(points(rule.min_points))
    if rule.min_amount is not None:
        text = _("an order of %(amount)s")
        least.append(text % {"amount": money(rule.min_amount, rules.currency)})
    if not least:
        return []
    text = _("Only grants of at least %(least)s wait; others can be spent at once.")
    return [text % {"least": one_of(least)}]


_ENDS = {
    "DAY": gettext_lazy("at the end of that day"),
    "MONTH": gettext_lazy("at the end of that month"),
    "QUARTER": gettext_lazy("at the end of that quarter"),
    "HALF_YEAR": gettext_lazy("at the end of that half-year"),
    "YEAR": gettext_lazy("at the end of that year"),
}


def _expiry(rules: Rules) -> list[str]:
    rule = rules.definition.expiry_rule
    if rule.mode is ExpiryMode.NONE:
        return [_("Points never expire.")]
    earned = rule.counted_from is CountedFrom.EARNED
    origin = _("they are earned") if earned else _("they become active")
    if rule.mode is ExpiryMode.CALENDAR:
        text = _("Points expire at the end of the first %(days)s after %(origin)s.")
        return [text % {"days": days_of_year(rule.dates), "origin": origin}]
    assert rule.period is not None  # the rule has been checked
    text = _("Points expire %(period)s after %(origin)s")
    said = [text % {"period": period(rule.period), "origin": origin}]
    if end := _ENDS.get(rule.rounding):
        said.append(str(end))
    sentences = [f"{', '.join(said)}."]
    if rule.mode is ExpiryMode.SLIDING:
        sentences.append(_slides(rules))
    return sentences


def _slides(rules: Rules) -> str:
    rule = rules.definition.expiry_rule
    if rule.slides_on_earn and rule.slides_on_spend:
        activity = _("Each purchase that earns and each spend")
    elif rule.slides_on_earn:
        activity = _("Each purchase that earns")
    else:
        activity = _("Each spend")
    text = _(
        "%(activity)s counts it anew for all points of the card, never to earlier."
    )
    return text % {"activity": activity}


_REFUNDS = {
    "NONE": gettext_lazy("A refund takes no points back."),
    "FROM_PENDING": gettext_lazy(
        "A refund takes back what still waits of the order's points, and nothing else."
    ),
    "TO_ZERO": gettext_lazy(
        "A refund takes back what the order earned: first what waits, then the order's "
        "active points, then other active points, and never more than the card has."
    ),
    "BELOW_ZERO": gettext_lazy(
        "A refund takes back what the order earned: first what waits, then active "
        "points. What is missing is owed, and repaid by the next points."
    ),
}


def _refunds(rules: Rules) -> list[str]:
    definition = rules.definition
    if definition.refunds == "BELOW_ZERO" and not definition.allow_negative:
        message = _("Refunds below zero need a balance that may be negative.")
        raise InvalidRule(message, field="allow_negative")
    negative = (
        _("Debits by staff may leave a balance below zero.")
        if definition.allow_negative
        else _("No debit leaves a balance below zero.")
    )
    text = _(
        "Spent points that come back after they expired can be used %(days)s more."
    )
    grace = text % {"days": period(Period(definition.return_grace_days, "D"))}
    return [str(_REFUNDS[definition.refunds]), negative, grace]


_LIMITS = {
    "max_points_per_earn": gettext_lazy("One purchase earns at most %(number)s."),
    "max_points_per_spend": gettext_lazy("One spend takes at most %(number)s."),
    "max_balance": gettext_lazy(
        "A card holds at most %(number)s, waiting ones included; purchases earn no more."
    ),
    "earn_limit": gettext_lazy("A card earns at most %(number)s in %(period)s."),
}
_LIMIT_PERIODS = {
    "DAY": gettext_lazy("a day"),
    "WEEK": gettext_lazy("a week from Monday"),
    "MONTH": gettext_lazy("a calendar month"),
    "YEAR": gettext_lazy("a calendar year"),
}


def _limits(rules: Rules) -> list[str]:
    stretch = _LIMIT_PERIODS.get(rules.definition.earn_limit_period, "")
    limits = {name: getattr(rules.definition, name) for name in _LIMITS}
    said = [
        str(_LIMITS[name]) % {"number": points(limit), "period": stretch}
        for name, limit in limits.items()
        if limit is not None
    ]
    return said or [_("There are no limits.")]


def _earn(rules: Rules) -> list[str]:
    return earn_sentences(
        rules.earn_rates, identifier=rules.identifier, currency=rules.currency
    )


def _burn(rules: Rules) -> list[str]:
    return burn_sentences(
        rules.burn_rates, identifier=rules.identifier, currency=rules.currency
    )


_SECTIONS: dict[str, tuple[object, Callable[[Rules], list[str]], tuple[str, ...]]] = {
    "earn": (gettext_lazy("Earn"), _earn, ("earn_rates",)),
    "pending": (gettext_lazy("Wait"), _pending, ("pending_",)),
    "expiry": (gettext_lazy("Expire"), _expiry, ("expiry_", "slides_")),
    "burn": (gettext_lazy("Spend"), _burn, ("burn_rates",)),
    "refunds": (
        gettext_lazy("Refunds and balance"),
        _refunds,
        ("refunds", "allow_negative", "return_grace"),
    ),
    "limits": (gettext_lazy("Limits"), _limits, ("max_", "earn_limit")),
}
