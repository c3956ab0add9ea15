"""The cards at the top of the dashboard: one figure each, with its change."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, npgettext

from schemes.money import money
from schemes.sentences import number

# Beyond tenfold a percentage says nothing any more.
MOST_TIMES = 10
MINUS, NO_FIGURE = "\N{MINUS SIGN}", "\N{EN DASH}"
UP, DOWN, SAME = "trending_up", "trending_down", "trending_flat"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A figure and what there is to say of it; `change` is since or against before."""

    key: str
    title: str
    value: str
    change: str = ""
    icon: str = ""
    notes: tuple[str, ...] = ()
    link: str = ""
    link_text: str = ""


def cards(report, *, schemes, user):
    """The cards of a report, those of them that the user may see."""
    period = _days(report.period.length)
    made = [
        _stock(
            "active",
            gettext("Active points"),
            report.active,
            period=period,
            notes=_held(report),
        ),
        _stock("pending", gettext("Pending points"), report.pending, period=period),
        _flow("issued", gettext("Issued"), report.issued, period),
        _flow("spent", gettext("Spent"), report.spent, period),
        _flow("expired", gettext("Expired"), report.expired, period),
    ]
    if user.has_perm("transactions.view_liability"):
        made.append(_owed(report, schemes=schemes, user=user, period=period))
    return made


def _days(length):
    text = npgettext("in", "%(days)d day", "%(days)d days", length)
    return text % {"days": length}


def _held(report):
    if report.overdraft:
        owing = gettext("Members owe %(points)s points beside these.")
        return (owing % {"points": number(report.overdraft)},)
    if report.overdraft is None:
        return (gettext("Less what members owed then."),)
    return ()


def _signed(count, write=number):
    return ("+" if count > 0 else MINUS if count < 0 else "±") + write(abs(count))


def _stock(key, title, stock, *, period, notes=(), write=number):
    change = gettext("%(change)s in %(period)s, %(before)s in the %(period)s before")
    return Card(
        key=key,
        title=title,
        value=write(stock.total),
        change=change
        % {
            "change": _signed(stock.change, write),
            "before": _signed(stock.before, write),
            "period": period,
        },
        icon=_icon(stock.change),
        notes=notes,
    )


def _flow(key, title, flow, period):
    change = flow.total - flow.before
    told = {"before": number(flow.before), "period": period}
    if flow.before and change < MOST_TIMES * flow.before:
        told["percent"] = _signed(round(100 * change / flow.before))
        text = (
            gettext("%(percent)s%% against %(before)s in the %(period)s before") % told
        )
    else:
        text = gettext("%(before)s in the %(period)s before") % told
    return Card(
        key=key, title=title, value=number(flow.total), change=text, icon=_icon(change)
    )


def _owed(report, *, schemes, user, period):
    title = gettext("Owed for active points")
    if report.owed is None:
        return _cost_is_missing(title, schemes=schemes, user=user)
    currency = schemes[0].currency

    def write(minor):
        return money(minor, currency)

    pending = gettext("%(money)s more once pending points are active.")
    notes = [pending % {"money": write(report.owed.pending)}]
    if report.owed.breakage is not None:
        expected = gettext("%(money)s of it is expected never to be spent.")
        notes.append(expected % {"money": write(report.owed.breakage)})
    return _stock(
        "owed",
        title,
        report.owed.active,
        period=period,
        notes=tuple(notes),
        write=write,
    )


def _cost_is_missing(title, *, schemes, user):
    without = [scheme for scheme in schemes if scheme.point_cost is None]
    missing = gettext("Nobody has said what a point of %(scheme)s costs.")
    may = user.has_perm("schemes.change_scheme")
    return Card(
        key="owed",
        title=title,
        value=NO_FIGURE,
        notes=(
            missing % {"scheme": without[0].name},
            "" if may else gettext("A manager can, on the page of the scheme."),
        ),
        link=reverse("admin:schemes_scheme_change", args=[without[0].pk])
        if may
        else "",
        link_text=gettext("Say what a point costs"),
    )


def _icon(change):
    if change:
        return UP if change > 0 else DOWN
    return SAME
