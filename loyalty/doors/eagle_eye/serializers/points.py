"""What is said when points of an account are earned, given, taken, spent or refunded."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye.schemes.fields import ListingField, ObjectField, TextField
from loyalty.doors.eagle_eye.serializers.wallets import IdField, NameField
from loyalty.doors.fields import FlagField
from schemes.serializers import StrictSerializer
from schemes.serializers.base import AmountField, PointsField
from transactions import ledger


class BalancesSerializer(StrictSerializer):
    """So many points."""

    current = PointsField()


class WhySerializer(StrictSerializer):
    """Why and where it happens. `along` is kept with the transaction as it is sent."""

    along: tuple[str, ...] = ("location", "details", "reasonCode")

    location = ObjectField()
    details = ListingField()
    reasonCode = TextField(max_length=100)
    reason = TextField(max_length=500)

    def name_of_event(self) -> str:
        """The caller's own name of what happens."""
        name: str = self.validated_data.get("reference", "")
        return name

    def cause(self, *, actor: str) -> ledger.Cause:
        """The cause, as the ledger takes it."""
        said = self.validated_data
        return ledger.Cause(
            reference=self.name_of_event(),
            reason=said.get("reason") or "",
            actor=actor,
            metadata={
                name: said[name] for name in self.along if said.get(name) is not None
            },
        )

    @property
    def points(self) -> int | None:
        """The points that are said, if any are."""
        balances: Mapping[str, int] = self.validated_data.get("balances") or {}
        return balances.get("current")


class CauseSerializer(WhySerializer):
    """Why it happens; `reference` names it, once for ever on the account."""

    reference = NameField()


class PointsSerializer(CauseSerializer):
    """So many points of the account."""

    balances = BalancesSerializer()


class CreditSerializer(PointsSerializer):
    """Points given, which wait by the scheme's rule unless told otherwise."""

    ignorePendingPoints = FlagField(default=False)


class OneOfTwo:
    """Of two ways to say how much, exactly one is used."""

    ways: tuple[str, ...]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse none as well as two."""
        if sum(attrs.get(way) is not None for way in self.ways) != 1:
            message = f"Write one of {', '.join(self.ways)}."
            raise serializers.ValidationError({self.ways[0]: message})
        return attrs


class GoodwillSerializer(OneOfTwo, CauseSerializer):
    """Points given as a favour."""

    ways = ("balances", "value")

    balances = BalancesSerializer(required=False)
    value = PointsField(required=False)

    @property
    def points(self) -> int | None:
        """The points, in either form."""
        return super().points or self.validated_data.get("value")


class EarnSerializer(OneOfTwo, CauseSerializer):
    """Points earned: just so many, or those of money in minor units at a rate."""

    ways = ("balances", "value", "totalTransactionValue")

    balances = BalancesSerializer(required=False)
    value = AmountField(required=False)
    totalTransactionValue = AmountField(required=False)
    rateName = NameField(max_length=100)
    orderReference = NameField()

    @property
    def amount(self) -> int | None:
        """The money, under either name."""
        said: Mapping[str, int] = self.validated_data
        return said.get("value", said.get("totalTransactionValue"))


class RefundSerializer(CauseSerializer):
    """What an order earned is taken back: all that is left of it, or a part.

    The order is named, or the transaction by which it earned.
    """

    orderReference = NameField()
    parentAccountTransactionId = IdField(required=False)
    balances = BalancesSerializer(required=False)
    value = PointsField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One order is named, and not both money and points."""
        named = {"orderReference", "parentAccountTransactionId"} & attrs.keys()
        if len(named) != 1:
            message = "Write either this or parentAccountTransactionId."
            raise serializers.ValidationError({"orderReference": message})
        if {"balances", "value"} <= attrs.keys():
            raise serializers.ValidationError(
                {"value": "Write money or points, not both."}
            )
        return attrs


class VoidSerializer(CauseSerializer):
    """A spend is undone, or a lock released."""
