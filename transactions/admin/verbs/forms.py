"""What staff are asked before something is done: points, dates, and always a reason."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import Card
from accounts.operations import draw_code
from schemes.money import decimals, minor_units
from schemes.sentences import number
from transactions.admin.verbs.fields import MomentField, points_field
from transactions.admin.verbs.words import shown
from transactions.models import Bucket, Transaction


class VerbForm(forms.Form):
    """Why it is done: all that most verbs ask. `row` is what it is done to.

    Every other field is an argument of the verb, but for the note.
    """

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=UnfoldAdminExpandableTextareaWidget,
        help_text=_(
            "Why you do this. Colleagues read it beside the result; "
            "the customer does not."
        ),
    )

    # What is asked first, and the reason after it.
    field_order: Any = ("reason",)

    def __init__(self, data: Any = None, *, row: Any, **options: Any) -> None:
        self.row = row
        super().__init__(data, **options)
        if data is None:
            self.fields[next(iter(self.fields))].widget.attrs["autofocus"] = True
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the row."""

    @property
    def asked(self) -> dict[str, Any]:
        """The verb's arguments, of a valid form."""
        cleaned = self.cleaned_data
        kept = {"reason", "note"}
        return {name: cleaned[name] for name in cleaned if name not in kept}

    @property
    def metadata(self) -> dict[str, Any]:
        """What the transaction keeps beside them: what the customer may read."""
        note = self.cleaned_data.get("note")
        return {"note": note} if note else {}

    @property
    def summary(self) -> list[tuple[Any, Any]]:
        """What was filled in, by label, for those who are about to confirm it."""
        return [
            (bound.label, shown(self.cleaned_data[bound.name]))
            for bound in self
            if self.cleaned_data[bound.name] not in (None, "", False)
        ]


class PointsForm(VerbForm):
    """How many points, and what the customer may be told of it."""

    points = points_field(help_text=_("How many; a whole number."))
    note = forms.CharField(
        label=_("Note for the customer"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "Kept apart from the reason, for apps and statements that show customers "
            "their points. May be empty."
        ),
    )
    field_order: tuple[str, ...] = ("points", "reason", "note")


class CreditForm(PointsForm):
    """Points given: how many, and from when until when they can be spent."""

    waits = forms.BooleanField(
        label=_("Let them wait as the scheme says"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "As points of an order would. Otherwise they can be spent at once."
        ),
    )
    valid_from = MomentField(
        label=_("Can be spent from"),
        required=False,
        help_text=_("Until then they are pending. Empty: at once."),
    )
    valid_to = MomentField(
        label=_("Expire at"),
        required=False,
        help_text=_(
            "From this moment they can no longer be spent. Empty: as the scheme says."
        ),
    )
    field_order = ("points", "reason", "note", "waits", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("waits") and cleaned.get("valid_from"):
            self.add_error(
                "valid_from", _("Either the scheme says from when, or you do.")
            )
        return cleaned


class SomePointsForm(VerbForm):
    """How many of the points that there are; all of them if nothing is said."""

    points = points_field(required=False)
    field_order = ("points", "reason")

    def say_how_many(self, text: Any) -> None:
        """Say what an empty field stands for."""
        self.fields["points"].help_text = text


class CancelForm(SomePointsForm):
    """How many of the pending points are taken back."""

    def prepare(self) -> None:
        bucket: Bucket = self.row
        self.say_how_many(
            _("How many of the %(points)s that wait. Empty: all of them.")
            % {"points": number(bucket.remaining)}
        )


def left_of_spend(spend: Transaction) -> int:
    """How many of the spent points were not given back yet."""
    returned = spend.children.aggregate(points=Sum("points", default=0))["points"]
    return -spend.points - int(returned)


class GiveBackForm(SomePointsForm):
    """How many of the spent points are given back."""

    def prepare(self) -> None:
        self.say_how_many(
            _("How many of the %(points)s that can still be given back. Empty: all.")
            % {"points": number(left_of_spend(self.row))}
        )


class RefundForm(VerbForm):
    """Which part of an order is refunded: of its money, or of its points."""

    # Its label and its decimals are those of the scheme's currency.
    amount = forms.DecimalField(required=False)
    points = points_field(
        required=False,
        help_text=_("Takes back just so many points, whatever the money was."),
    )
    field_order = ("order_reference", "amount", "points", "reason")

    def prepare(self) -> None:
        card = self.row if isinstance(self.row, Card) else self.row.card
        self.currency = card.definition.scheme.currency
        self.fields["amount"] = forms.DecimalField(
            label=_("Amount refunded, in %(currency)s") % {"currency": self.currency},
            required=False,
            max_digits=15,
            decimal_places=decimals(self.currency),
            widget=UnfoldAdminDecimalFieldWidget,
            help_text=_(
                "The money that the customer gets back; the points follow from it. "
                "Empty, and no points either: the whole order."
            ),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("amount") is not None and cleaned.get("points") is not None:
            self.add_error("points", _("Give an amount or points, not both."))
        return cleaned

    @property
    def asked(self) -> dict[str, Any]:
        asked = super().asked
        if asked["amount"] is not None:
            asked["amount"] = minor_units(asked["amount"], self.currency)
        return asked


class RefundOrderForm(RefundForm):
    """Which order of the card, and which part of it, is refunded."""

    order_reference = forms.CharField(
        label=_("Order"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The order's number, exactly as on the receipt."),
    )


class RescheduleForm(VerbForm):
    """The dates of a bucket, to be changed."""

    activates_at = MomentField(
        label=_("Can be spent from"),
        required=False,
        help_text=_("A moment to come. Until then the points are pending."),
    )
    expires_at = MomentField(
        label=_("Expire at"),
        required=False,
        help_text=_(
            "A moment to come, from which they can no longer be spent. "
            "Empty: they never expire."
        ),
    )
    field_order = ("activates_at", "expires_at", "reason")

    def prepare(self) -> None:
        bucket: Bucket = self.row
        for name in ("activates_at", "expires_at"):
            # The browser's field knows no fractions of a second.
            moment: datetime | None = getattr(bucket, name)
            self.initial[name] = moment and moment.replace(microsecond=0)
        if bucket.status != Bucket.Status.PENDING:
            del self.fields["activates_at"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        changed = {"activates_at", "expires_at"} & set(self.changed_data)
        if not changed:
            raise forms.ValidationError(_("Give another date than the one there is."))
        if "activates_at" in changed and cleaned["activates_at"] is None:
            self.add_error("activates_at", _("Say from when they can be spent."))
        self.changed = changed
        return cleaned

    @property
    def asked(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed}


class ReplaceForm(VerbForm):
    """The number of the new card."""

    code = forms.CharField(
        label=_("New card number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "A free number is suggested. Type or scan the one on the new card."
        ),
    )
    field_order = ("code", "reason")

    def prepare(self) -> None:
        card: Card = self.row
        if not self.is_bound:
            self.initial["code"] = draw_code(card.definition.code_pattern)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code == self.row.code:
            raise forms.ValidationError(_("This is the number that the card has."))
        return code
