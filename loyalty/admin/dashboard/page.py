"""Puts the dashboard together: the question, the figures, and what to do without any."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from loyalty.admin.dashboard import charts
from loyalty.admin.dashboard.cards import cards
from loyalty.admin.dashboard.question import LENGTHS, Question, choices_for
from schemes.access import units_of
from schemes.sentences import number
from transactions import figures
from transactions.figures.days import day_of

MAY_SEE = ("schemes.view_scheme", "transactions.view_transaction")


def callback(request, context):
    """The context of the admin's first page: unfold's DASHBOARD_CALLBACK."""
    context |= {"title": gettext("Dashboard")}
    if not request.user.has_perms(MAY_SEE):
        return context | {"nothing": _no_role()}
    choices = choices_for(request.user)
    if not choices:
        return context | {"nothing": _no_scheme(request.user)}
    return context | _figures(request, choices)


def _figures(request, choices):
    now = timezone.now()

    def today(choice):
        return day_of(now, zone=choice.schemes[0].zone)

    asked = {"scheme", "days", "first", "last"} & set(request.GET)
    question = Question(request.GET if asked else {}, choices=choices, today=today)
    question.is_valid()
    chosen, period = question.chosen, question.period
    schemes = chosen.schemes
    zone = schemes[0].zone
    report = figures.report(schemes=schemes, period=period, at=now)
    calendars = figures.calendars(schemes=schemes)
    shown = [
        charts.moved(report, as_of=_told(now, zone)),
        *charts.to_come(calendars, now=now, zone=zone, as_of=_told(calendars.at, zone)),
        charts.backlog(report, as_of=_told(now, zone)),
    ]
    if request.user.has_perm("transactions.view_sweeprun"):
        shown.append(charts.lag(now=now, zone=zone, as_of=_told(now, zone)))
    shown.append(charts.breakage(calendars, as_of=_told(calendars.cohorts_at, zone)))
    return {
        "question": question,
        "scheme_title": chosen.label,
        "lengths": _lengths(question, chosen),
        "period_title": _between(period),
        "cards": cards(report, schemes=schemes, user=request.user),
        "charts": shown,
        "as_of": _told(now, zone),
        "zones": sorted({scheme.time_zone for scheme in schemes}),
        "late": number(report.late),
        "is_late": bool(report.late),
        "runs": _runs(request.user),
    }


def _lengths(question, chosen):
    return [
        {
            "title": ngettext("%(days)d day", "%(days)d days", length)
            % {"days": length},
            "link": "?" + urlencode({"scheme": chosen.key, "days": length}),
            "active": question.length == length,
        }
        for length in LENGTHS
    ]


def _between(period):
    return gettext("%(first)s to %(last)s") % {
        "first": date_format(period.first),
        "last": date_format(period.last),
    }


def _told(moment, zone):
    if moment is None:
        return gettext("not added up yet: the worker does so within minutes")
    written = date_format(moment.astimezone(zone), "DATETIME_FORMAT")
    return gettext("as of %(moment)s, %(zone)s") % {
        "moment": written,
        "zone": zone.key,
    }


def _runs(user):
    if user.has_perm("transactions.view_sweeprun"):
        return reverse("admin:transactions_sweeprun_changelist")
    return ""


def _no_role():
    return {
        "title": gettext("You have no role yet"),
        "text": gettext(
            "You are logged in, but nobody has said what you may do here. Ask an "
            "administrator for a role, such as Viewer or Agent, and for the units that "
            "you work for."
        ),
    }


def _no_scheme(user):
    if not units_of(user).exists():
        if user.has_perm("schemes.add_unit"):
            return {
                "title": gettext("Begin with a business unit"),
                "text": gettext(
                    "A unit is the shop that schemes and members belong to. Make one, "
                    "then a scheme in it; its figures will be here."
                ),
                "link": reverse("admin:schemes_unit_add"),
                "link_text": gettext("Add a business unit"),
            }
        return {
            "title": gettext("You work for no unit yet"),
            "text": gettext(
                "Figures are those of the units that you work for. Ask an administrator "
                "to add yours to the page of your user."
            ),
        }
    if user.has_perm("schemes.add_scheme"):
        return {
            "title": gettext("There is no scheme yet"),
            "text": gettext(
                "A scheme says how points are earned and spent. Make one, then add a "
                "card definition with its rates; its figures will be here."
            ),
            "link": reverse("admin:schemes_scheme_add"),
            "link_text": gettext("Add a scheme"),
        }
    return {
        "title": gettext("There is no scheme yet"),
        "text": gettext("As soon as a manager has made one, its figures are here."),
    }
