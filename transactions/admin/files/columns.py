"""What the columns of the files mean, in the words of the upload page."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from transactions.jobs.imports import FORMS
from transactions.models import Job


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: what it holds, and an example of it."""

    name: str
    meaning: Any
    example: str
    is_required: bool


MEANINGS = {
    Job.Kind.IMPORT_MEMBERS: {
        "external_id": (
            _("Your own id of the customer. Who is a member already is recognised."),
            "customer-1001",
        ),
        "name": (_("Of new members; the name of others stays."), "Ada Example"),
        "email": (_("Finds the member, like the phone."), "ada@example.com"),
        "phone": (_("With the country code is best."), "+44 7700 900001"),
        "card_number": (
            _("Empty: one of the definition's pattern is drawn."),
            "7000010001",
        ),
        "metadata": (
            _("A JSON object of your own, of new members."),
            '{"shop": "12"}',
        ),
    },
    Job.Kind.IMPORT_TRANSACTIONS: {
        "reference": (
            _("Your name for the event. It makes the row safe to import twice."),
            "till-12-0001",
        ),
        "member": (
            _("The external id, or a card number, e-mail address or phone."),
            "customer-1001",
        ),
        "time": (
            _("When it happened. Without an offset: in the scheme's time zone."),
            "2025-06-10T15:00:00+01:00",
        ),
        "kind": (
            _("earn, refund, spend, credit (a grant) or debit (an adjustment)."),
            "earn",
        ),
        "currency": (_("If given, it must be the scheme's."), ""),
        "reason": (_("Free text, kept with the transaction."), ""),
        "amount": (_("Of earn and refund, in minor units: 12.50 is 1250."), "1250"),
        "order": (_("The order's reference; a refund needs it."), "order-0001"),
        "points": (
            _("Whole number; a spend, a credit and a debit need it."),
            "",
        ),
        "activates_at": (
            _("Of earn and credit: first moment the points can be spent."),
            "",
        ),
        "expires_at": (
            _("Of earn and credit: first moment they can no longer be spent."),
            "",
        ),
    },
}


def columns_of(kind: str) -> list[Column]:
    """The columns of this kind of file, those that every file needs first."""
    form = FORMS[kind]
    return [
        Column(
            name=name,
            meaning=MEANINGS[Job.Kind(kind)][name][0],
            example=MEANINGS[Job.Kind(kind)][name][1],
            is_required=name in form.required,
        )
        for name in form.columns
    ]
