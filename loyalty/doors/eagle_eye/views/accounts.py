"""Points accounts: opened, read, listed, and given another status or state."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import found, pages, shown, wallets, words
from loyalty.doors.eagle_eye.serializers.wallets import (
    AccountSerializer,
    MaybeStateSerializer,
    StateSerializer,
)
from loyalty.doors.eagle_eye.views.base import InWalletViewSet

FILTERS = ("type", "status", "status[]", "state", "state[]")


class AccountViewSet(InWalletViewSet):
    """`/wallet/{walletId}/accounts` and `/wallet/{walletId}/account`."""

    scopes = {
        "create": "cards:write",
        "retrieve": "cards:read",
        "list": "cards:read",
        "find": "cards:read",
        "change_status": "cards:write",
        "change_state": "cards:write",
    }

    def create(self, request: Request, wallet_id: str, scheme_id: str) -> Response:
        """Open the wallet's points account of a scheme.

        Source: Eagle Eye recipe "Loyalty Account Create & Credit".
        """
        wallet, scheme = self.wallet(), self.scheme(scheme_id)
        said = self.given(AccountSerializer).validated_data
        card = wallets.open_account(wallet, scheme, said, now=self.now)
        return Response(self.shown_account(card), status=201)

    def retrieve(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """One account with what it holds now."""
        return Response(self.shown_account(self.account()))

    def list(self, request: Request, wallet_id: str) -> Response:
        """The wallet's accounts."""
        return self._list(self.wallet())

    def find(self, request: Request) -> Response:
        """The accounts of the wallet that an identity opens."""
        return self._list(self.wallet_of_identity(), "identity-value")

    def change_status(
        self, request: Request, wallet_id: str, account_id: str, verb: str
    ) -> Response:
        """Let an account earn and spend, or no longer; `cancel` is for ever."""
        said = self.given(MaybeStateSerializer).validated_data
        return self._change(said, verb=verb)

    def change_state(
        self, request: Request, wallet_id: str, account_id: str
    ) -> Response:
        """Change the client's own state of an account."""
        return self._change(self.given(StateSerializer).validated_data)

    def _change(self, said: Mapping[str, Any], *, verb: str | None = None) -> Response:
        card = self.account()
        wallets.change_account(card, said, now=self.now, verb=verb)
        return Response(self.shown_account(card))

    def _list(self, wallet: Member, *parameters: str) -> Response:
        """A wallet has one account of a scheme: few enough to choose from here."""
        filters = pages.filters_of(self.request, *FILTERS, *parameters)
        order = pages.order_of(self.request, "dateCreated", default="ASC")
        rows = [card for card in found.accounts(wallet) if self._is_asked_for(card)]
        if order == "DESC":
            rows.reverse()
        return Response(
            pages.page(
                rows,
                self.request,
                order_by=f"dateCreated,{order}",
                show=lambda cards: shown.accounts(cards, now=self.now),
                filters=filters,
            )
        )

    def _is_asked_for(self, card: Card) -> bool:
        """Whether an account passes each filter, sent once or as a list."""
        query = self.request.query_params
        filters = {
            "type": shown.ACCOUNT_TYPE,
            "status": words.account_status(card),
            "state": shown.account_state(card),
        }
        return all(
            value in (query.getlist(name) + query.getlist(f"{name}[]") or [value])
            for name, value in filters.items()
        )
