"""The card's page once more, now with its balance and the way to what happened on it."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from unfold.views import ChangeList

from accounts.admin.members import CardAdmin
from accounts.models import Card
from schemes.admin.parts import link, moment
from transactions import balances


class CardsWithBalances(ChangeList):
    """A page of cards, whose balances are fetched together."""

    result_list: Any

    def get_results(self, request):
        super().get_results(request)
        cards: list[Any] = list(self.result_list)
        held = balances.of_cards(cards=cards, at=timezone.now())
        for card in cards:
            card.held = held[card.pk]
        self.result_list = cards


admin.site.unregister(Card)


@admin.register(Card)
class CardWithBalanceAdmin(CardAdmin):
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
        ("pending_points", "next_activation"),
        ("overdraft", "happened"),
    )
    fieldsets = (
        (None, {"fields": (("member", "definition"), ("code", "status"))}),
        ("Points", {"fields": balance_fields}),
        ("More", {"fields": (("uuid", "created_at"),)}),
    )

    def get_changelist(self, request, **options):
        return CardsWithBalances

    def get_readonly_fields(self, request, obj=None):
        names = super().get_readonly_fields(request, obj)
        if obj is None:
            return names
        shown = ("active_points", "pending_points", "next_activation", "next_expiry")
        return [*names, *shown, "happened"]

    def get_object(self, request, object_id, from_field=None):
        card = super().get_object(request, object_id, from_field)
        if card is not None:
            card.held = balances.of_cards(cards=[card], at=timezone.now())[card.pk]
        return card

    @admin.display(description="Active points")
    def active_points(self, obj):
        return f"{obj.held.active:,}"

    @admin.display(description="Pending points")
    def pending_points(self, obj):
        return f"{obj.held.pending:,}"

    @admin.display(description="Next to become active")
    def next_activation(self, obj):
        return _due(obj.held.next_activation)

    @admin.display(description="Next to expire")
    def next_expiry(self, obj):
        return _due(obj.held.next_expiry)

    @admin.display(description="What happened")
    def happened(self, obj):
        of_card = f"?card__id__exact={obj.pk}"
        return format_html(
            "{} &nbsp; {}",
            link("transactions_transaction_changelist", "Transactions", query=of_card),
            link("transactions_bucket_changelist", "Buckets", query=of_card),
        )


def _due(due):
    return f"{due.points:,} on {moment(due.at)}" if due else None
