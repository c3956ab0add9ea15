"""The page on which rules are tried out: a purchase that nobody made, step by step."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from schemes import policies, sentences
from schemes.admin.live import EXAMPLE, stored_rules, this_minute
from schemes.admin.parts import Page
from schemes.models import CardDefinition
from schemes.money import minor_units
from schemes.sentences import Purchase


class TryForm(forms.Form):
    """What to try: a definition, an order, and what happens to it later."""

    definition = forms.ModelChoiceField(
        queryset=CardDefinition.objects.none(),
        label=gettext_lazy("Card definition"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Whose rules; a draft can be tried too."),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Order"),
        min_value=0,
        max_digits=15,
        decimal_places=3,
        initial=EXAMPLE,
        localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )
    at = forms.SplitDateTimeField(
        label=gettext_lazy("Bought"), widget=UnfoldAdminSplitDateTimeWidget
    )
    rate_name = forms.CharField(
        label=gettext_lazy("Rate"),
        initial="default",
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("The name of a rate, as an order may give it."),
    )
    identifier = forms.CharField(
        label=gettext_lazy("Incoming identifier"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Whose rates. Empty: the unit's own."),
    )
    spend = forms.IntegerField(
        label=gettext_lazy("Spend, in points"),
        required=False,
        min_value=1,
        max_value=policies.MAX_POINTS,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("A number of points to spend later, if you like."),
    )
    refund = forms.DecimalField(
        label=gettext_lazy("Refund"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=3,
        localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("The part of the order given back. Empty: half of it."),
    )

    def __init__(self, *args, scheme, **options):
        super().__init__(*args, **options)
        field: Any = self.fields["definition"]
        field.queryset = scheme.card_definitions.order_by("name")
        field.label_from_instance = named
        said = {"currency": scheme.currency, "zone": scheme.time_zone}
        text = _("In %(currency)s, as it is on the receipt, such as 123.45.")
        self.fields["amount"].help_text = text % said
        text = _("The moment of the purchase, on the clocks of %(zone)s.")
        self.fields["at"].help_text = text % said


def named(definition):
    """A definition among those of its scheme, with its status."""
    return f"{definition.name} ({definition.get_status_display()})"


class TryablePage(Page):
    """A page with a button to try rules out."""

    def has_simulate_permission(self, request, obj=None):
        return request.user.has_perm("schemes.simulate_scheme")


class TryableScheme(TryablePage):
    """A scheme's page, where all its rules are tried out."""

    @action(
        description=gettext_lazy("Try out"), permissions=["simulate"], icon="experiment"
    )
    def try_out(self, request, object_id):
        """What was asked is in the address, so that it can be sent to somebody."""
        scheme = self.own_or_404(request, object_id)
        with timezone.override(scheme.zone):
            return self._tried(request, scheme)

    def _tried(self, request, scheme):
        asked = "amount" in request.GET
        initial = {"at": this_minute(), "definition": request.GET.get("definition")}
        form = TryForm(request.GET if asked else None, scheme=scheme, initial=initial)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try out %(name)s") % {"name": scheme.name},
            "opts": self.opts,
            "original": scheme,
            "scheme": scheme,
            "form": form,
            "media": form.media,
            "has_definitions": scheme.card_definitions.exists(),
            "back": reverse("admin:schemes_scheme_change", args=(scheme.pk,)),
            "new": reverse("admin:schemes_carddefinition_add") + f"?scheme={scheme.pk}",
        }
        if asked and form.is_valid():
            context["steps"] = _steps(scheme, form.cleaned_data)
        return render(request, "schemes/try_out.html", context)


class TryableDefinition(TryablePage):
    """A definition's page with a button to the page where its scheme is tried out."""

    @action(
        description=gettext_lazy("Try out"), permissions=["simulate"], icon="experiment"
    )
    def try_out(self, request, object_id):
        definition = self.own_or_404(request, object_id)
        address = reverse("admin:schemes_scheme_try_out", args=(definition.scheme_id,))
        return HttpResponseRedirect(f"{address}?definition={definition.pk}")


def _steps(scheme, typed):
    definition = typed["definition"]
    definition.scheme = scheme
    purchase = Purchase(
        amount=_minor(typed["amount"], scheme),
        at=typed["at"],
        rate_name=typed["rate_name"],
        identifier=typed["identifier"],
    )
    refund = typed["refund"]
    return sentences.steps(
        stored_rules(definition),
        purchase,
        spend=typed["spend"],
        refund=None if refund is None else _minor(refund, scheme),
    )


def _minor(amount: Decimal, scheme):
    return minor_units(amount, scheme.currency)
