"""The earn and burn rates on the page of their card definition."""

from unfold.admin import StackedInline

from schemes.admin.forms import RateForm, RateFormSet
from schemes.admin.own_units import OwnChoices
from schemes.models import BurnRate, EarnRate


class RateInline(OwnChoices, StackedInline):
    """Bands of rates below one another: as a table they would not fit the screen."""

    form = RateForm
    formset = RateFormSet
    extra = 0
    tab = True


class EarnRateInline(RateInline):
    model = EarnRate
    fields = (
        ("name", "type"),
        ("points", "step"),
        ("floor", "ceiling"),
        ("offset", "incoming_identifier"),
    )
    ordering = ("incoming_identifier", "name", "floor")


class BurnRateInline(RateInline):
    model = BurnRate
    fields = (
        ("floor", "ceiling"),
        ("step", "rate"),
        ("name", "incoming_identifier"),
    )
    ordering = ("incoming_identifier", "name", "floor")
