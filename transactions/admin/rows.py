"""What the lists of ledger rows share: whose they are, and how one is found."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.members import card_ids
from schemes.admin.parts import STATUS_COLORS, DayRangeFilter, ReadOnlyPage, link


class LedgerRowAdmin(ReadOnlyPage):
    """Rows of cards, newest first, found by exact values that are indexed."""

    unit_path = "card__member__unit"
    list_select_related = ("card__definition__scheme",)
    # What is searched is said in `get_search_results`.
    search_fields = ("order_reference",)
    search_help_text = _("Card number, order, or the member's external id or e-mail")

    def get_ordering(self, request):
        """Newest first; of some days, by that date, as its index has them.

        By their ids, those of a day long ago would come behind millions of others.
        """
        with_kind = [each for each in self.list_filter if isinstance(each, tuple)]
        for name, kind in with_kind:
            asked = {f"{name}_from", f"{name}_to"} & set(request.GET)
            if asked and issubclass(kind, DayRangeFilter):
                return (f"-{name}", "-pk")
        return super().get_ordering(request)

    @admin.display(description=_("Card"))
    def card_link(self, obj):
        return link("accounts_card_change", obj.card.code, obj.card_id)

    @display(description=_("Status"), label=STATUS_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()

    def get_search_results(self, request, queryset, search_term):
        text = search_term.strip()
        if not text:
            return queryset, False
        # As the index of orders leaves empty references out, SQLite must be told so.
        of_order = Q(order_reference=text) & ~Q(order_reference="")
        return queryset.filter(Q(card__in=card_ids(text)) | of_order), False
