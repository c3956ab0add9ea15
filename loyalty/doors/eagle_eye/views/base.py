"""What every view of a wallet and of what is in it shares."""

from typing import Any

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import found, shown
from loyalty.doors.eagle_eye.base import EagleEyeViewSet
from loyalty.errors import BadInput

# Eagle Eye's names of the fields that our refusals name.
FIELDS = {
    "amount": "value",
    "definition": "schemeId",
    "external_id": "reference",
    "order_reference": "orderReference",
    "points": "balances.current",
    "rate_name": "rateName",
}


class InWalletViewSet(EagleEyeViewSet):
    """Actions on the wallet of the address, and on what is in it."""

    fields = FIELDS

    def wallet(self) -> Member:
        """The wallet of the address.

        :raises NotFound: if there is none.
        """
        return found.wallet(self.unit, self.kwargs["wallet_id"])

    def wallet_of_identity(self) -> Member:
        """The wallet that `?identity-value=` opens.

        :raises BadInput: if it is not given.
        :raises NotFound: if it opens none.
        """
        value = self.request.query_params.get("identity-value")
        if not value:
            raise BadInput("Say whose wallet it is.", field="identity-value")
        return found.wallet_of_value(self.unit, value)

    def account(self) -> Card:
        """The account of the address.

        :raises NotFound: if the wallet has none.
        """
        return found.account(self.wallet(), self.kwargs["account_id"])

    def shown_account(self, card: Card) -> dict[str, Any]:
        """An account with what it holds now."""
        (account,) = shown.accounts([card], now=self.now)
        return account
