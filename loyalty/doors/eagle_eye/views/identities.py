"""Identities: what opens a wallet, and what no longer does."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations
from accounts.models import Identity
from loyalty.doors.eagle_eye import found, pages, shown, wallets, words
from loyalty.doors.eagle_eye.serializers.wallets import (
    ChangeSerializer,
    IdentitySerializer,
    StateSerializer,
)
from loyalty.doors.eagle_eye.views.base import InWalletViewSet

# What each address of a verb makes of the identity.
STATUSES = {
    "activate": words.ACTIVE,
    "suspend": words.SUSPENDED,
    "lost": words.LOST,
    "stolen": words.STOLEN,
    "terminate": words.TERMINATED,
}


class IdentityViewSet(InWalletViewSet):
    """`/wallet/{walletId}/identities` and `/wallet/{walletId}/identity`."""

    scopes = {
        "list": "members:read",
        "retrieve": "members:read",
        "create": "members:write",
        "partial_update": "members:write",
        "change_status": "members:write",
        "change_state": "members:write",
        "destroy": "members:write",
    }

    def list(self, request: Request, wallet_id: str) -> Response:
        """The wallet's identities, the oldest first."""
        rows = self.wallet().identities.order_by("created_at", "pk")
        return Response(
            pages.page(rows, request, order_by="dateCreated,ASC", show=shown.identities)
        )

    def create(self, request: Request, wallet_id: str) -> Response:
        """Let one more value open the wallet."""
        wallet = self.wallet()
        said = self.given(IdentitySerializer).validated_data
        identity = wallets.add_identity(wallet, said, now=self.now)
        return self._shown(identity, status=201)

    def retrieve(self, request: Request, wallet_id: str, identity_id: str) -> Response:
        """One identity, whatever its status."""
        return self._shown(self._identity())

    def partial_update(
        self, request: Request, wallet_id: str, identity_id: str
    ) -> Response:
        """Change what is said of an identity."""
        return self._change(self.given(ChangeSerializer).validated_data)

    def change_status(
        self, request: Request, wallet_id: str, identity_id: str, verb: str
    ) -> Response:
        """Let an identity open its wallet, or no longer."""
        return self._change({"status": STATUSES[verb]})

    def change_state(
        self, request: Request, wallet_id: str, identity_id: str
    ) -> Response:
        """Change the client's own state of an identity."""
        return self._change(self.given(StateSerializer).validated_data)

    def destroy(self, request: Request, wallet_id: str, identity_id: str) -> Response:
        """Forget an identity: its value is free for another wallet."""
        identity = self._identity()
        wallets.require_open(identity.member)
        operations.remove_identity(identity=identity)
        return Response(status=204)

    def _identity(self) -> Identity:
        return found.identity(self.wallet(), self.kwargs["identity_id"])

    def _change(self, said: Mapping[str, Any]) -> Response:
        identity = wallets.change_identity(self._identity(), said, now=self.now)
        return self._shown(identity)

    def _shown(self, identity: Identity, *, status: int = 200) -> Response:
        (answer,) = shown.identities([identity])
        return Response(answer, status=status)
