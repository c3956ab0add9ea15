"""What the wallet services are sent: points given or taken with a wallet transaction."""

from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye.schemes.fields import ObjectField, OneOf, TextField
from loyalty.doors.eagle_eye.serializers.points import (
    BalancesSerializer,
    OneOfTwo,
    WhySerializer,
)
from loyalty.doors.eagle_eye.serializers.wallets import IdField, NameField
from loyalty.doors.fields import FlagField
from schemes.policies import MAX_POINTS
from schemes.serializers import StrictSerializer
from schemes.serializers.base import PointsField


class WalletTransactionSerializer(StrictSerializer):
    """What the caller says of the wallet transaction."""

    reference = NameField()
    state = NameField()
    description = TextField(max_length=500)


class ServiceSerializer(OneOfTwo, WhySerializer):
    """Points of one of the wallet's accounts."""

    ways = ("amount", "balances")
    along = (
        *WhySerializer.along,
        "walletTransaction",
        "creditAccountTransaction",
        "debitAccountTransaction",
        "goodwillAccountTransaction",
    )

    accountId = IdField()
    amount = PointsField(required=False)
    balances = BalancesSerializer(required=False)
    walletTransaction = WalletTransactionSerializer(required=False)
    creditAccountTransaction = ObjectField()
    debitAccountTransaction = ObjectField()
    goodwillAccountTransaction = ObjectField()
    ignorePendingPoints = FlagField(default=False)

    def name_of_event(self) -> str:
        """The reference of the wallet transaction."""
        said: dict[str, Any] = self.validated_data.get("walletTransaction") or {}
        return str(said.get("reference", ""))

    @property
    def points(self) -> int:
        """The points, in either form."""
        return super().points or int(self.validated_data["amount"])


class BackendPointsSerializer(OneOfTwo, WhySerializer):
    """A correction by the service desk, in either direction."""

    ways = ("schemeId", "schemeReference")
    along = (
        *WhySerializer.along,
        "walletTransactionState",
        "walletTransactionDescription",
    )

    walletId = IdField()
    pointsValue = PointsField(min_value=-MAX_POINTS)
    schemeId = IdField(required=False)
    schemeReference = NameField()
    walletTransactionType = OneOf("ADJUSTMENT", required=False)
    walletTransactionState = NameField()
    walletTransactionDescription = TextField(max_length=500)
    walletTransactionReference = NameField()

    def validate_pointsValue(self, value: int) -> int:  # noqa: N802 - DRF's name for it
        """Refuse a correction by nothing."""
        if value == 0:
            raise serializers.ValidationError("Give or take at least one point.")
        return value

    def name_of_event(self) -> str:
        """The reference of the wallet transaction."""
        name: str = self.validated_data.get("walletTransactionReference", "")
        return name
