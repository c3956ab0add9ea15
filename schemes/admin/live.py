"""Rules read back as sentences beside their fields, while somebody types them."""

from abc import abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.errors import Refusal
from schemes import sentences
from schemes.admin.parts import Page
from schemes.models import BurnRate, CardDefinition, EarnRate
from schemes.money import minor_units
from schemes.sentences import Purchase, Rules

EXAMPLE = Decimal("123.45")


class ExampleForm(forms.Form):
    """The order that the sentences tell of."""

    example_amount = forms.DecimalField(
        label=gettext_lazy("Example order"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=3,
        initial=EXAMPLE,
        localize=True,
        widget=UnfoldAdminTextInputWidget(
            attrs={"inputmode": "decimal", "autocomplete": "off"}
        ),
        help_text=gettext_lazy("An amount as it is on the receipt, such as 123.45."),
    )

    def amount(self):
        """What was typed; the usual example where that is no amount."""
        typed = self.cleaned_data.get("example_amount")
        return EXAMPLE if typed is None else typed


@dataclass
class Told:
    """One definition as the panel shows it."""

    name: str
    status: str
    example: str = ""
    sections: list[sentences.Section] = field(default_factory=list)
    missing: list[sentences.Missing] = field(default_factory=list)


@dataclass
class Panel:
    """All that is said beside a form.

    problems: a field's label and what is wrong with it; no label for the whole form.
    """

    lead: str = ""
    told: list[Told] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    missing: list[sentences.Missing] = field(default_factory=list)
    example_form: ExampleForm | None = None


def tell(rules, *, amount, now, faulty=frozenset()):
    """What the panel says of a definition.

    faulty: fields with an error of their own, of which nothing is said here.
    """
    told = Told(rules.definition.name, rules.definition.get_status_display())
    told.sections = [
        section
        for section in sentences.sections(rules)
        if not faulty.intersection(section.fields)
    ]
    if any(section.problem for section in told.sections):
        return told
    if not faulty:
        told.missing = sentences.missing_of_definition(rules)
    if faulty - {"name", "scheme", "code_pattern", "metadata"}:
        return told
    minor = minor_units(amount, rules.currency)
    try:
        told.example = sentences.example(rules, Purchase(amount=minor, at=now))
    except Refusal as refusal:
        # That there is no rate is said among the rules already.
        told.example = (
            "" if refusal.field == "rate_name" else sentences.in_words(refusal)
        )
    return told


def this_minute():
    """Now, as the sentences name it: nobody asks for the second."""
    return timezone.now().replace(second=0, microsecond=0)


def all_rules(scheme):
    """The stored rules of a scheme's definitions, as they are in this scheme."""
    definitions = CardDefinition.objects.filter(scheme_id=scheme.pk).order_by("name")
    found = []
    for definition in definitions.prefetch_related("earn_rates", "burn_rates"):
        definition.scheme = scheme
        found.append(stored_rules(definition))
    return found


def stored_rules(definition):
    """A definition with its stored rates."""
    return Rules(
        definition=definition,
        earn_rates=list(definition.earn_rates.all()),
        burn_rates=list(definition.burn_rates.all()),
    )


class LivePage(Page):
    """A page whose form is read back as sentences, while somebody types."""

    change_form_template = "schemes/rules_form.html"

    class Media:
        js = ("loyalty/live_sentences.js",)
        css = {"all": ("loyalty/live_sentences.css",)}

    @abstractmethod
    def panel(self, form, formsets, example_form):
        """What to say of what the forms hold."""

    def get_custom_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_sentences"
        return (
            *super().get_custom_urls(),
            ("add/sentences/", f"{name}_of_new", self.sentences_view),
            ("<path:object_id>/sentences/", name, self.sentences_view),
        )

    def sentences_view(self, request, object_id=None, **_options):
        """The panel for what was typed. Nothing is saved."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.own_or_404(request, object_id) if object_id else None
        if not self._may_type(request, row):
            raise PermissionDenied
        form = self.get_form(request, row, change=row is not None)(
            request.POST, instance=row
        )
        form.is_valid()
        formsets, _inlines = self._create_formsets(
            request, form.instance, change=row is not None
        )
        example_form = ExampleForm(request.POST)
        panel = self.panel(form, [_checked(each) for each in formsets], example_form)
        return render(request, "schemes/sentences.html", {"panel": panel})

    def render_change_form(self, request, context, *arguments, obj=None, **options):
        form = context["adminform"].form
        inlines = context.get("inline_admin_formsets", ())
        context["panel"] = self.panel(
            form, [inline.formset for inline in inlines], ExampleForm()
        )
        if self._may_type(request, obj):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_sentences"
            context["sentences_url"] = (
                reverse(name, args=(obj.pk,)) if obj else reverse(f"{name}_of_new")
            )
        return super().render_change_form(
            request, context, *arguments, obj=obj, **options
        )

    def _may_type(self, request, row):
        if row is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, row)


class LiveDefinition(LivePage):
    """The sentences of a definition's own page."""

    def panel(self, form, formsets, example_form):
        definition = form.instance
        panel = _panel(form, formsets, example_form)
        if definition.scheme_id is None:
            panel.lead = _(
                "Choose a scheme: its time zone and currency decide what the rules say."
            )
            return panel
        faulty = set(form.errors)
        rates = {}
        for formset in formsets:
            rates[formset.model] = _rates(formset, definition)
            if _faulty(formset):
                faulty.add(formset.prefix)
        stored = definition if definition.pk else None
        rules = Rules(
            definition=definition,
            earn_rates=rates.get(EarnRate, _stored(stored, "earn_rates")),
            burn_rates=rates.get(BurnRate, _stored(stored, "burn_rates")),
        )
        panel.told = [
            tell(rules, amount=example_form.amount(), now=this_minute(), faulty=faulty)
        ]
        return panel


class LiveScheme(LivePage):
    """The sentences of a scheme's page: of all its definitions, in its zone."""

    def panel(self, form, formsets, example_form):
        scheme = form.instance
        panel = _panel(form, formsets, example_form)
        if {"starts_at", "ends_at", "time_zone"} & set(form.errors):
            return panel
        if scheme.starts_at is None:
            panel.lead = _("Say when the scheme starts.")
            return panel
        now = this_minute()
        rules = all_rules(scheme) if scheme.pk else []
        panel.lead = sentences.runs(scheme)
        panel.told = [
            tell(each, amount=example_form.amount(), now=now) for each in rules
        ]
        if scheme.pk:
            panel.missing = sentences.missing_of_scheme(scheme, rules, now=now)
        return panel


def _panel(form, formsets, example_form):
    if not example_form.is_bound:
        example_form.cleaned_data = {}
    problems = _problems(form)
    if example_form.is_bound and not example_form.is_valid():
        problems += _problems(example_form)
    for formset in formsets:
        problems += _problems_of_rows(formset)
    return Panel(problems=problems, example_form=example_form)


def _problems(form, prefix="") -> list[tuple[str, str]]:
    found = []
    for name, messages in form.errors.items():
        known = form.fields.get(name)
        label = str(capfirst(known.label or name)) if known else ""
        found.append((" ".join(filter(None, (prefix, label))), " ".join(messages)))
    return found


def _problems_of_rows(formset):
    if not formset.is_bound:
        return []
    found: list[Any] = [("", text) for text in formset.non_form_errors()]
    kind = str(capfirst(formset.model._meta.verbose_name))
    for number, form in enumerate(formset.forms, start=1):
        found += _problems(form, f"{kind} {number}:")
    return found


def _checked(formset):
    formset.is_valid()
    return formset


def _faulty(formset):
    return formset.is_bound and bool(formset.total_error_count())


def _rates(formset, definition):
    """The rates of a formset: as typed, or as stored where nobody has typed yet."""
    if _faulty(formset):
        return []
    forms_ = formset.kept if formset.is_bound else formset.initial_forms
    own = definition.scheme.unit.incoming_identifier
    rates = [form.instance for form in forms_]
    for rate in rates:
        rate.incoming_identifier = rate.incoming_identifier or own
    return rates


def _stored(definition, name):
    return list(getattr(definition, name).all()) if definition else []
