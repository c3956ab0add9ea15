"""What a till sends with each of its calls: POS Connect.

A till sends much that no rule of ours reads, so unknown fields are let through.
"""

from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye.schemes.fields import OneOf, TextField
from loyalty.doors.eagle_eye.serializers.wallets import LONGEST, IdField, NameField
from loyalty.doors.fields import FlagField
from schemes.serializers.base import AmountField, PointsField

DEFAULT_RATE = "default"


# Null is as good as leaving a field out.
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


class LineSerializer(serializers.Serializer[Any]):
    """A line of a basket. Costs are of the whole line, in minor units."""

    totalUnitCost = AmountField(**OPTIONAL)
    totalUnitCostAfterDiscount = AmountField(**OPTIONAL)
    salesKey = TextField()


class SummarySerializer(serializers.Serializer[Any]):
    """The sums of a basket, in minor units."""

    totalBasketValue = AmountField(**OPTIONAL)


class BasketSerializer(serializers.Serializer[Any]):
    """A basket, STANDARD or ENRICHED."""

    summary = SummarySerializer(**OPTIONAL)
    contents = LineSerializer(many=True, **OPTIONAL)


class IdentitySerializer(serializers.Serializer[Any]):
    """What the shopper has shown at the till."""

    identityValue = NameField(required=True)


class LocationSerializer(serializers.Serializer[Any]):
    """Where the till is, in either of the two forms that Eagle Eye has for it."""

    incomingIdentifier = TextField(max_length=LONGEST)
    parentIncomingIdentifier = TextField(max_length=LONGEST)
    storeId = TextField(max_length=LONGEST)
    storeParentId = TextField(max_length=LONGEST)


class TillSerializer(serializers.Serializer[Any]):
    """Whose wallet it is about, and where the till is."""

    identity = IdentitySerializer(**OPTIONAL)
    walletId = IdField(**OPTIONAL)
    location = LocationSerializer(**OPTIONAL)


class OptionSerializer(serializers.Serializer[Any]):
    """Whether something is to be done."""

    enabled = FlagField(default=True)


class OptionsSerializer(serializers.Serializer[Any]):
    """What an open is to do."""

    analyseBasket = OptionSerializer(**OPTIONAL)


class OpenSerializer(TillSerializer):
    """A wallet to be looked at, with the basket as it is so far."""

    reference = NameField(default="open")
    lock = FlagField(default=False)
    basket = BasketSerializer(**OPTIONAL)
    options = OptionsSerializer(**OPTIONAL)
    rateName = NameField(max_length=100, default=DEFAULT_RATE)

    def validate_lock(self, value: bool) -> bool:
        """A wallet is not locked here: a spend locks the points that it is about."""
        if value:
            raise serializers.ValidationError("A wallet cannot be locked: send false.")
        return value


class SettleSerializer(TillSerializer):
    """A basket that is paid for."""

    reference = NameField(required=True)
    mode = OneOf("ACTIVE", default="ACTIVE")
    basket = BasketSerializer(**OPTIONAL)
    rateName = NameField(max_length=100, default=DEFAULT_RATE)


class OriginalSerializer(serializers.Serializer[Any]):
    """The settle whose basket comes back."""

    reference = NameField(required=True)


class RefundSerializer(TillSerializer):
    """A basket that comes back; without one, all of it does."""

    reference = NameField(required=True)
    originalTransaction = OriginalSerializer()
    basket = BasketSerializer(**OPTIONAL)


class AccountSerializer(TillSerializer):
    """Which of the wallet's accounts, and how many points of it."""

    accountId = IdField(**OPTIONAL)
    schemeId = IdField(**OPTIONAL)
    points = PointsField(**OPTIONAL)
    rateName = NameField(max_length=100, default=DEFAULT_RATE)


class CalculateSerializer(AccountSerializer):
    """So many points to be spent, or so much money to be paid, in minor units."""

    monetaryValue = PointsField(**OPTIONAL)


class OperationSerializer(serializers.Serializer[Any]):
    """So many points of an account."""

    accountId = IdField()
    value = PointsField()


class QuoteSerializer(serializers.Serializer[Any]):
    """What `calculate` answered. Only the points of the accounts are read."""

    operations = OperationSerializer(many=True, allow_empty=False)


class SpendSerializer(AccountSerializer):
    """Points to be spent, or locked until the basket is settled."""

    reference = NameField(required=True)
    parentWalletTransactionReference = NameField(allow_null=True)
    lock = FlagField(default=False)
    spendAdjudicationResults = QuoteSerializer(**OPTIONAL)


class VoidSerializer(TillSerializer):
    """A spend that is not to be."""

    reference = NameField(required=True)
