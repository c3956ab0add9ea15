"""What the reader asks the dashboard: which schemes, over which days."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from schemes.access import rows_for
from schemes.models import Scheme
from transactions.figures import Period

LENGTHS = (7, 30, 90, 365)
USUAL_LENGTH = 30
MOST_DAYS = 731
EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Schemes that are shown together: one, or all that share a currency."""

    key: str
    label: str
    schemes: tuple[Scheme, ...]


def choices_for(user):
    """What this user can look at, all schemes of a currency first, by their keys."""
    mine = rows_for(
        user, Scheme.objects.select_related("unit"), unit_path="unit"
    ).order_by("name", "pk")
    by_currency = defaultdict(list)
    for scheme in mine:
        by_currency[scheme.currency].append(scheme)
    several_units = len({scheme.unit_id for scheme in mine}) > 1
    together = [
        Choice(
            key=currency,
            label=gettext("All %(number)d schemes in %(currency)s")
            % {"number": len(schemes), "currency": currency},
            schemes=tuple(schemes),
        )
        for currency, schemes in sorted(by_currency.items())
        if len(schemes) > 1
    ]
    single = [
        Choice(
            key=str(scheme.uuid),
            label=f"{scheme.name} ({scheme.unit.name})"
            if several_units
            else scheme.name,
            schemes=(scheme,),
        )
        for scheme in mine
    ]
    return {choice.key: choice for choice in [*together, *single]}


def _day(label):
    attributes = {"type": "date", "class": " ".join(INPUT_CLASSES)}
    widget = forms.DateInput(format="%Y-%m-%d", attrs=attributes)
    return forms.DateField(required=False, widget=widget, label=label)


class Question(forms.Form):
    """Which schemes, and which days: so many up to today, or from one to another."""

    scheme = forms.ChoiceField(
        required=False,
        label=_("Scheme"),
        widget=UnfoldAdminSelectWidget,
    )
    days = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(length, length) for length in LENGTHS],
        widget=forms.HiddenInput,
    )
    first = _day(_("From"))
    last = _day(_("To"))

    def __init__(self, data, *, choices, today):
        """:param choices: of `choices_for`; :param today: for each, by its key."""
        super().__init__(data)
        self._choices = choices
        self._today = today
        scheme = cast(forms.ChoiceField, self.fields["scheme"])
        scheme.choices = [(each.key, each.label) for each in choices.values()]

    @property
    def chosen(self):
        """The schemes to show: as asked, otherwise the first there are."""
        usual = next(iter(self._choices))
        return self._choices[self._clean("scheme") or usual]

    @property
    def period(self):
        """The days to show: as asked, otherwise the last 30."""
        today = self._today(self.chosen)
        first, last = self._clean("first"), self._clean("last")
        if self.is_valid() and first:
            return Period(first=first, last=min(last or today, today))
        days = self._clean("days") or USUAL_LENGTH
        return Period(first=today - timedelta(days=days - 1), last=today)

    @property
    def length(self):
        """Which of the LENGTHS is shown; None for dates of one's own."""
        if self.is_valid() and self._clean("first"):
            return None
        return self._clean("days") or USUAL_LENGTH

    def clean(self):
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        today = self._today(self.chosen)
        if last and not first and "first" not in self.errors:
            self.add_error("first", gettext("Say from which day."))
        if first and first > today:
            self.add_error("first", gettext("This day is still to come."))
        elif first and first < EARLIEST:
            self.add_error("first", gettext("Choose a day from 1970 on."))
        elif first and first > (last or today):
            self.add_error("last", gettext("The last day is before the first."))
        elif first and ((last or today) - first).days >= MOST_DAYS:
            self.add_error("first", gettext("Choose two years at most."))
        return cleaned

    def _clean(self, name):
        return getattr(self, "cleaned_data", {}).get(name)
