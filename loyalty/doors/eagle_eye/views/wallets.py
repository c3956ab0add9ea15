"""Wallets: opened, with their identities and accounts at once, changed and closed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.transaction import atomic
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Identity, Member
from loyalty.doors.eagle_eye import shown, wallets, words
from loyalty.doors.eagle_eye.serializers.wallets import (
    StateSerializer,
    WalletChangeSerializer,
    WalletSerializer,
    WalletWithAccountsSerializer,
    WholeWalletSerializer,
)
from loyalty.doors.eagle_eye.views.base import InWalletViewSet
from loyalty.errors import Refusal

Said = Mapping[str, Any]

# What each address of a verb makes of the wallet.
STATUSES = {
    "activate": words.ACTIVE,
    "suspend": words.SUSPENDED,
    "terminate": words.TERMINATED,
}


class WalletViewSet(InWalletViewSet):
    """`/wallet` and `/services/wallet`."""

    scopes = {
        "find": "members:read",
        "retrieve": "members:read",
        "create": "members:write",
        "create_whole": "members:write",
        "create_with_accounts": "members:write",
        "partial_update": "members:write",
        "change_status": "members:write",
        "change_state": "members:write",
        "destroy": "members:write",
    }

    def find(self, request: Request) -> Response:
        """The wallet that an identity opens."""
        return Response(shown.wallet(self.wallet_of_identity()))

    def retrieve(self, request: Request, wallet_id: str) -> Response:
        """One wallet."""
        return Response(shown.wallet(self.wallet()))

    def create(self, request: Request) -> Response:
        """A wallet that no identity opens yet."""
        said = self.given(WalletSerializer).validated_data
        member = wallets.open_wallet(
            unit=self.unit, said=said, identities=[], now=self.now
        )
        return Response(shown.wallet(member), status=201)

    def create_whole(self, request: Request) -> Response:
        """A wallet with its identities."""
        said = dict(self.given(WholeWalletSerializer).validated_data)
        member = wallets.open_wallet(
            unit=self.unit,
            identities=said.pop("identities", []),
            said=said,
            now=self.now,
        )
        return Response(_with_identities(member), status=201)

    def create_with_accounts(self, request: Request) -> Response:
        """A wallet with identities, consumer and accounts, or the accounts alone.

        Where the first identity opens a wallet already, that one gets the rest. An
        account that cannot be opened is told of, and does not keep the others from
        being opened. Accounts need the scope `cards:write` as well.

        Source: Eagle Eye "Create Wallet Account Service".
        """
        said = dict(self.given(WalletWithAccountsSerializer).validated_data)
        accounts = said.pop("accounts", {}).get("scheme", [])
        if accounts and not self.caller.may("cards:write"):
            raise PermissionDenied("Accounts need the scope cards:write.")
        with atomic():
            member = self._opened_or_found(said)
            results = [self._open_account(member, each) for each in accounts]
        groups = {
            "successful": [each for each in results if "accountId" in each],
            "failed": [each for each in results if "accountId" not in each],
        }
        answer = {
            **_with_identities(member),
            "consumer": words.kept(member).get("consumer"),
            "accounts": {
                "scheme": {
                    **_listed(results),
                    **{name: _listed(group) for name, group in groups.items()},
                }
            },
        }
        return Response(answer, status=201)

    def partial_update(self, request: Request, wallet_id: str) -> Response:
        """Change what is said of a wallet."""
        return self._change(self.given(WalletChangeSerializer).validated_data)

    def change_status(self, request: Request, wallet_id: str, verb: str) -> Response:
        """Activate, suspend or terminate a wallet; the last is for ever."""
        return self._change({"status": STATUSES[verb]})

    def change_state(self, request: Request, wallet_id: str) -> Response:
        """Change the client's own state of a wallet."""
        return self._change(self.given(StateSerializer).validated_data)

    def destroy(self, request: Request, wallet_id: str) -> Response:
        """Close a wallet for ever; nothing finds it afterwards."""
        wallets.delete_wallet(self.wallet(), now=self.now)
        return Response(status=204)

    def _change(self, said: Said) -> Response:
        member = wallets.change_wallet(self.wallet(), said, now=self.now)
        return Response(shown.wallet(member))

    def _opened_or_found(self, said: dict[str, Any]) -> Member:
        identities = said.pop("identities", [])
        if identities:
            value = identities[0]["value"]
            first = Identity.objects.for_value(unit=self.unit, value=value)
            known = first.select_related("member__unit").first()
            if known is not None:
                return self._attached(known, said)
        return wallets.open_wallet(
            unit=self.unit, said=said, identities=identities, now=self.now
        )

    def _attached(self, known: Identity, said: Said) -> Member:
        """The wallet of an identity that there is already, with the new consumer.

        :raises WalletClosed, StatusConflict: if the identity opens it no longer.
        """
        status = words.identity_status(known)
        if status != words.ACTIVE:
            raise wallets.StatusConflict(
                f"The identity is {status}.", field="identities"
            )
        consumer = {name: said[name] for name in ("consumer",) if name in said}
        return wallets.change_wallet(known.member, consumer, now=self.now)

    def _open_account(self, member: Member, said: dict[str, Any]) -> dict[str, Any]:
        """The account, or why there is none."""
        scheme_id = said.pop("schemeId")
        try:
            card = wallets.open_account(
                member, self.scheme(scheme_id), said, now=self.now
            )
        except Refusal as refusal:
            return {
                "schemeId": scheme_id,
                "errorCode": refusal.key.upper(),
                "errorMessage": refusal.message,
            }
        return self.shown_account(card)


def _with_identities(member: Member) -> dict[str, Any]:
    identities = member.identities.order_by("pk")
    return {**shown.wallet(member), "identities": shown.identities(identities)}


def _listed(results: Iterable[Any]) -> dict[str, Any]:
    results = list(results)
    return {"total": len(results), "results": results}
