"""The forms of schemes, definitions and rates: the checks of the operations, by field."""

from abc import abstractmethod
from copy import copy

from django import forms
from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet

from loyalty.errors import InvalidRule
from schemes import operations
from schemes.models.scheme import time_zones, validate_time_zone
from schemes.sentences import in_words

CHANGED_MEANWHILE = _(
    "Somebody has changed this scheme since you opened the page. "
    "Open it again to see it as it is now."
)


class VersionedForm(forms.ModelForm):
    """A form that knows which version of the scheme its reader has seen."""

    version_read = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not self.instance._state.adding and "version_read" in self.fields:
            self.fields["version_read"].initial = self.stored_version()

    @abstractmethod
    def stored_version(self):
        """The version of the scheme that is stored now."""

    @abstractmethod
    def check(self, candidate):
        """Raise InvalidRule if what the form says makes no sense."""

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        read = cleaned.get("version_read")
        if not self.instance._state.adding and read not in (
            None,
            self.stored_version(),
        ):
            self.add_error(None, CHANGED_MEANWHILE)
        if not self.errors:
            try:
                self.check(construct_instance(self, copy(self.instance)))
            except InvalidRule as error:
                known = error.field in self.fields
                self.add_error(error.field if known else None, in_words(error))
        return cleaned


class SchemeForm(VersionedForm):
    """A scheme; in another time zone its definitions must still make sense."""

    class Meta:
        help_texts = {
            "unit": _("Whose scheme it is. It stays in its unit."),
            "name": _("What staff and members know the scheme by."),
            "description": _("For staff: what the scheme is for."),
            "metadata": _("Facts of your own, between { }. No rule reads them."),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        known = {"zone": self.instance.time_zone}
        text = _("On the clocks of the time zone below (%(zone)s now).") % known
        for name in ("starts_at", "ends_at"):
            if field := self.fields.get(name):
                field.help_text = format_lazy("{} {}", field.help_text, text)

    def full_clean(self):
        """Read the dates on the clocks of the zone that the form itself names."""
        typed = self.data.get(self.add_prefix("time_zone"), "")
        named = typed if typed in time_zones() else self.instance.time_zone
        with timezone.override(named):
            super().full_clean()

    def clean_time_zone(self):
        """The model's own check, before the definitions are tried in the zone."""
        name = self.cleaned_data["time_zone"]
        validate_time_zone(name)
        return name

    def stored_version(self):
        return self.instance.version

    def check(self, candidate):
        operations.check_scheme(scheme=candidate)
        if "time_zone" in self.changed_data and not candidate._state.adding:
            operations.check_definitions_in_zone(scheme=candidate)


class CardDefinitionForm(VersionedForm):
    """The rules of a definition, judged together."""

    class Meta:
        help_texts = {
            "scheme": _("Where its time zone and currency come from. It stays there."),
            "name": _("What these points are called, unique in the scheme."),
            "pending_mode": _("When points that were earned can be spent."),
            "expiry_mode": _("When points that were not spent are gone."),
            "expiry_rounding": _("Moves the expiry on to the end of such a stretch."),
            "expiry_from": _("From when the period or the next date is counted."),
            "refunds": _("What is taken back when an order is refunded."),
            "max_points_per_earn": _("Most points of one purchase. Empty: no limit."),
            "max_points_per_spend": _("Most points of one spend. Empty: no limit."),
            "earn_limit_period": _("The period of the earn limit, in the zone."),
            "metadata": _("Facts of your own, between { }. No rule reads them."),
        }

    def stored_version(self):
        return self.instance.scheme.version

    def check(self, candidate):
        operations.check_definition(definition=candidate)


class RateForm(forms.ModelForm):
    """One band. The set of them is checked as a whole, by `RateFormSet`."""

    class Meta:
        help_texts = {
            "type": _("How an order of this band becomes points."),
            "name": _(
                "An order may name a rate; where it names none, default is used."
            ),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if identifier := self.fields.get("incoming_identifier"):
            identifier.required = False
            identifier.help_text = _(
                "Whose orders: the unit's incoming identifier. Empty: the unit's own."
            )

    def validate_constraints(self):
        """Leave unique bands to the set: a band may take a floor that another leaves."""


class RateFormSet(PaginationInlineFormSet):
    """All rates of one kind that a definition is to have."""

    @property
    def kept(self):
        """The forms whose rates stay or are new."""
        return [
            form
            for form in self.forms
            if form not in self.deleted_forms
            and (form.instance.pk or form.has_changed())
        ]

    def clean(self):
        super().clean()
        if any(self.errors) or self.instance.scheme_id is None:
            return
        own = self.instance.scheme.unit.incoming_identifier
        for form in self.kept:
            form.instance.incoming_identifier = form.instance.incoming_identifier or own
        try:
            operations.check_rates(rates=[form.instance for form in self.kept])
        except InvalidRule as error:
            form = self.kept[error.details["index"]]
            form.add_error(
                error.field if error.field in form.fields else None, in_words(error)
            )
