"""A shopper in tests: a wallet of Eagle Eye's API, and its points account."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Card
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import contract, made, shop

FIGURES = {
    "current",
    "usable",
    "locked",
    "lifetime",
    "lifetimeSpend",
    "lifetimeSpendValue",
    "pending",
}


@dataclass
class Shopper:
    """Whoever holds the account; the calls are made for them."""

    caller: api.Caller
    scheme: Any
    wallet: Any
    account: Any

    @property
    def address(self) -> str:
        """Where the account is."""
        return f"{wallet_at(self.wallet)}/account/{self.account['accountId']}"

    @property
    def card(self) -> Card:
        """The account, as it is stored."""
        return Card.objects.get(pk=int(self.account["accountId"]))

    def do(self, verb: str, points: int | None = None, **body: Any) -> Any:
        """The answer to a call about points, which must add up."""
        answer = self.patch(verb, points, **body)
        line = api.shown(answer)
        assert line["account"]["balances"] == self.balances()
        return line

    def patch(self, verb: str, points: int | None = None, **body: Any) -> Any:
        """A call about points."""
        if points is not None:
            body["balances"] = {"current": points}
        return self.caller.patch(f"{self.address}/{verb}", body)

    def balances(self) -> dict[str, int]:
        """What the account holds now."""
        held = api.shown(self.caller.get(self.address))["balances"]
        assert set(held) == FIGURES
        assert held["current"] == held["usable"] + held["locked"] + held["pending"]
        return dict(held)

    def holds(self, **figures: int) -> None:
        """Refuse other balances than these; those that are not named are 0."""
        assert self.balances() == dict.fromkeys(FIGURES, 0) | figures

    def lines(self, **query: Any) -> list[Any]:
        """The account's transactions."""
        return list(self.caller.rows(f"{self.address}/transactions", **query))

    def events(self, **query: Any) -> list[tuple[str, int]]:
        """The events of the account's transactions with their values, latest first."""
        return [(line["event"], line["value"]) for line in self.lines(**query)]


def wallet_at(wallet: Any) -> str:
    """Where a wallet is."""
    return f"/wallet/{wallet['walletId']}"


def new_wallet(caller: api.Caller, *values: str, **said: Any) -> Any:
    """A new wallet that these values open."""
    identities = [{"type": "LCN", "value": value} for value in values]
    body = {"type": "CONSUMER", "identities": identities, **said}
    return api.created(caller.post("/services/wallet", body))


def new_account(caller: api.Caller, wallet: Any, scheme: Any, **said: Any) -> Any:
    """The wallet's new account of a scheme."""
    address = f"{wallet_at(wallet)}/scheme/{scheme['id']}/account"
    return api.created(caller.post(address, {"status": "ACTIVE", **said}))


def shopper(*values: str, scheme: Any = None, caller: Any = None) -> Shopper:
    """A shopper with an account of the recipe's scheme, or another."""
    caller = caller or shop()
    kept = made(caller, scheme or contract("request"))
    wallet = new_wallet(caller, *(values or ("7001",)))
    return Shopper(caller, kept, wallet, new_account(caller, wallet, kept))
