"""The admin pages of members, with their identities, and of cards."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from accounts import operations
from accounts.admin.standing import StandingPage
from accounts.models import Card, Identity, Member
from schemes.admin.own_units import OwnChoices, OwnRelatedFilter
from schemes.admin.parts import (
    STATUS_COLORS,
    DayRangeFilter,
    KeptMixin,
    LongList,
    link,
)
from schemes.models import Unit

# More than anybody reads; a search answers with its newest pages.
MOST_FOUND = 1_000


def member_ids(text: str) -> list[int]:
    """Members whose external id or identity is `text`, in any unit.

    Both are indexed behind the unit, so the units are listed to reach the index. Ids,
    not a subquery: next to another condition that would scan the whole table.
    """
    units = Unit.objects.values("pk")
    named = Member.objects.filter(unit__in=units, external_id=text)
    found = Identity.objects.alias(folded=Lower("value")).filter(
        unit__in=units, folded=Lower(Value(text))
    )
    ids = named.values_list("pk").union(found.values_list("member"))
    return [pk for (pk,) in ids[:MOST_FOUND]]


def card_ids(text: str) -> list[int]:
    """Cards whose code is `text`, and the cards of members known as `text`."""
    owned = Card.objects.filter(member__in=member_ids(text)).values_list("pk")
    ids = Card.objects.filter(code=text).values_list("pk").union(owned)
    return [pk for (pk,) in ids[:MOST_FOUND]]


class IdentityFormSet(PaginationInlineFormSet):
    def clean(self):
        super().clean()
        values: set[str] = set()
        for form in self.forms:
            value = (form.cleaned_data or {}).get("value", "").strip().lower()
            if not value or form in self.deleted_forms or form.instance.pk:
                continue
            found = Identity.objects.for_value(unit=self.instance.unit_id, value=value)
            if value in values or found.exists():
                form.add_error(
                    "value", _("This value finds a member of the unit already.")
                )
            values.add(value)


class IdentityForm(forms.ModelForm):
    """A value that finds a member."""

    class Meta:
        help_texts = {
            "type": _("What kind of value it is."),
            "value": _("Finds the member, in capitals or not; unique in the unit."),
        }


class IdentityInline(OwnChoices, TabularInline):
    """What finds the member. A wrong one is removed and another one added."""

    model = Identity
    form = IdentityForm
    formset = IdentityFormSet
    fields = ("type", "value", "created_at")
    readonly_fields = ("created_at",)
    ordering = ("pk",)
    extra = 0
    tab = True

    def has_change_permission(self, request, obj=None):
        return False


class MemberForm(forms.ModelForm):
    """What is known of a member."""

    class Meta:
        help_texts = {
            "unit": _("Whose customer it is. The member stays there."),
            "metadata": _("Facts of your own, between { }. No rule reads them."),
        }


@admin.register(Member)
class MemberAdmin(StandingPage, KeptMixin, LongList):
    """Customers. The shop knows one by the external id, so that is fixed."""

    form = MemberForm
    unit_path = "unit"
    empty_text = _(
        "Members come by the API, by the import of a file, or one at a time from here."
    )
    list_display = ("shown_name", "external_id", "unit", "status_label", "created_at")
    list_display_links = ("shown_name", "external_id")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("unit", OwnRelatedFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("unit",)
    # What is searched is said in `get_search_results`.
    search_fields = ("external_id",)
    search_help_text = _("External id, card number, e-mail or phone")
    autocomplete_fields = ("unit",)
    fields = ("unit", "external_id", "name", "status", "metadata")
    inlines = (IdentityInline,)

    @display(description=_("Name"))
    def shown_name(self, obj):
        return obj.name or gettext("(no name)")

    @display(description=_("Status"), label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()

    def get_readonly_fields(self, request, obj=None):
        return ("unit", "external_id", "status", "uuid", "created_at") if obj else ()

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("unit", "external_id", "name", "metadata")
        return (*self.fields, "uuid", "created_at")

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        if not text:
            return queryset, False
        holders = Card.objects.filter(code=text).values_list("member", flat=True)
        found = [*member_ids(text), *holders[:MOST_FOUND]]
        return queryset.filter(pk__in=found), False

    def save_model(self, request, obj, form, change):
        if change:
            obj.save()
            return
        member = operations.create_member(
            unit=obj.unit,
            external_id=obj.external_id,
            name=obj.name,
            metadata=obj.metadata,
            now=timezone.now(),
        )
        # The admin goes on with its own instance.
        obj.__dict__.update(member.__dict__)

    def save_formset(self, request, form, formset, change):
        for identity in formset.save(commit=False):
            operations.add_identity(
                member=form.instance,
                value=identity.value,
                type=identity.type,
                now=timezone.now(),
            )
        for identity in formset.deleted_objects:
            operations.remove_identity(identity=identity)


class CardForm(forms.ModelForm):
    """A card; its code is drawn where none is given."""

    class Meta:
        help_texts = {
            "member": _("Whose points the card holds. It stays theirs."),
            "definition": _("By whose rules points are earned and spent with it."),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if code := self.fields.get("code"):
            code.required = False
            code.help_text = _("Empty: one of the definition's pattern is drawn.")

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        member, definition = cleaned.get("member"), cleaned.get("definition")
        if member and definition and member.unit_id != definition.scheme.unit_id:
            self.add_error(
                "definition", _("It belongs to another unit than the member.")
            )
        return cleaned


@admin.register(Card)
class CardAdmin(KeptMixin, LongList):
    """Points accounts. Opened here; all else comes by verbs and by the ledger."""

    form = CardForm
    unit_path = "member__unit"
    empty_text = _(
        "A card is opened when a member is enrolled by the API or by the import "
        "of a file, or from here for a member who has none."
    )
    list_display: tuple[str, ...] = (
        "code",
        "holder",
        "definition",
        "status_label",
        "created_at",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("definition", OwnRelatedFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("member", "definition__scheme")
    # What is searched is said in `get_search_results`.
    search_fields = ("code",)
    search_help_text = _("Card number, or the member's external id, e-mail or phone")
    autocomplete_fields = ("member", "definition")
    fieldsets: tuple[Any, ...] = (
        (None, {"fields": [("member", "definition"), ("code", "status")]}),
        (_("More"), {"fields": ["overdraft", ("uuid", "created_at")]}),
    )

    @display(description=_("Status"), label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()

    @admin.display(description=_("Member"))
    def holder(self, obj):
        member = obj.member
        name = (
            f"{member.name}, {member.external_id}"
            if member.name
            else member.external_id
        )
        return link("accounts_member_change", name, member.pk)

    def has_change_permission(self, request, obj=None):
        return False  # a card has no form: what changes is a verb, with a reason

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return ((None, {"fields": ("member", "definition", "code")}),)
        return self.fieldsets

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        return (queryset.filter(pk__in=card_ids(text)) if text else queryset), False

    def save_model(self, request, obj, form, change):
        card = operations.open_card(
            member=obj.member,
            definition=obj.definition,
            code=obj.code,
            now=timezone.now(),
        )
        # The admin goes on with its own instance.
        obj.__dict__.update(card.__dict__)
