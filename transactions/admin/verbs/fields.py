"""The fields that the verbs' forms share: a moment in the scheme's zone, points."""

from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminIntegerFieldWidget

from schemes.policies import MAX_POINTS


class MomentInput(forms.DateTimeInput):
    """A day and a time of day, to the second, as the browser lets one choose it."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        attrs = {"class": " ".join(INPUT_CLASSES), "step": 1}
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M:%S")


class MomentField(forms.DateTimeField):
    """A moment, asked on the wall clock of the scheme: the current zone. Gives UTC."""

    widget = MomentInput

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        return moment and moment.astimezone(UTC)


def points_field(**options: Any) -> forms.IntegerField:
    """A whole number of points, from 1 up."""
    return forms.IntegerField(
        min_value=1,
        max_value=MAX_POINTS,
        widget=UnfoldAdminIntegerFieldWidget,
        **{"label": _("Points"), **options},
    )
