"""The card's page once more, now with its balance and the way to what happened on it."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from accounts.admin.members import CardAdmin
from accounts.models import Card
from schemes.admin.parts import link, moment
from schemes.sentences import number
from transactions import balances
from transactions.admin.verbs import VerbsPage


class CardsWithBalances(ChangeList):
    """A page of cards, whose balances are fetched together."""

    result_list: Any

    def get_results(self, request):
        super().get_results(request)
        cards: list[Any] = list(self.result_list)
        has = balances.of_cards(cards=cards, at=timezone.now())
        for card in cards:
            card.has = has[card.pk]
        self.result_list = cards


admin.site.unregister(Card)


@admin.register(Card)
class CardWithBalanceAdmin(VerbsPage, CardAdmin):
    """Points accounts with what they hold at this moment."""

    list_display = (
        "code",
        "holder",
        "definition",
        "status_label",
        "active_points",
        "pending_points",
        "created_at",
    )
    balance_fields = (
        ("active_points", "next_expiry"),
        ("held_points", "overdraft"),
        ("pending_points", "next_activation"),
        "happened",
    )
    fieldsets = (
        (None, {"fields": (("member", "definition"), ("code", "status"))}),
        (_("Points"), {"fields": balance_fields}),
        (_("More"), {"fields": (("uuid", "created_at"),)}),
    )

    readonly_fields = (
        "active_points",
        "held_points",
        "pending_points",
        "next_activation",
        "next_expiry",
        "happened",
    )

    def get_changelist(self, request, **options):
        return CardsWithBalances

    def get_object(self, request, object_id, from_field=None):
        card = super().get_object(request, object_id, from_field)
        if card is not None:
            card.has = balances.of_cards(cards=[card], at=timezone.now())[card.pk]
        return card

    @admin.display(description=_("Active points"))
    def active_points(self, obj):
        return number(obj.has.active)

    @admin.display(description=_("Held of these, for spends under way"))
    def held_points(self, obj):
        return number(obj.has.held)

    @admin.display(description=_("Pending points"))
    def pending_points(self, obj):
        return number(obj.has.pending)

    @admin.display(description=_("Next to become active"))
    def next_activation(self, obj):
        return _due(obj.has.next_activation)

    @admin.display(description=_("Next to expire"))
    def next_expiry(self, obj):
        return _due(obj.has.next_expiry)

    @admin.display(description=_("What happened"))
    def happened(self, obj):
        of_card = f"?card__id__exact={obj.pk}"
        return format_html(
            "{} &nbsp; {}",
            link(
                "transactions_transaction_changelist",
                gettext("Transactions"),
                query=of_card,
            ),
            link("transactions_bucket_changelist", gettext("Buckets"), query=of_card),
        )


def _due(due):
    if due is None:
        return None
    said = {"points": number(due.points), "moment": moment(due.at)}
    return gettext("%(points)s on %(moment)s") % said
