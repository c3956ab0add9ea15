"""The forms of schemes, definitions and rates: the checks of the operations, by field."""

from abc import abstractmethod
from copy import copy

from django import forms
from django.forms.models import construct_instance
from unfold.forms import PaginationInlineFormSet

from loyalty.errors import InvalidRule
from schemes import operations

CHANGED_MEANWHILE = (
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
                self.add_error(error.field if known else None, error.message)
        return cleaned


class SchemeForm(VersionedForm):
    """A scheme; in another time zone its definitions must still make sense."""

    def stored_version(self):
        return self.instance.version

    def check(self, candidate):
        operations.check_scheme(scheme=candidate)
        if "time_zone" in self.changed_data and not candidate._state.adding:
            operations.check_definitions_in_zone(scheme=candidate)


class CardDefinitionForm(VersionedForm):
    """The rules of a definition, judged together."""

    def stored_version(self):
        return self.instance.scheme.version

    def check(self, candidate):
        operations.check_definition(definition=candidate)


class RateForm(forms.ModelForm):
    """One band. The set of them is checked as a whole, by `RateFormSet`."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if identifier := self.fields.get("incoming_identifier"):
            identifier.required = False
            identifier.help_text += " Empty: the unit's own."

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
                error.field if error.field in form.fields else None, error.message
            )
