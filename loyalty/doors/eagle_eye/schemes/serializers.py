"""What a scheme's body may say, apart from its rates."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye.schemes.fields import (
    ListingField,
    ObjectField,
    OneOf,
    TextField,
    UnchangedField,
)
from loyalty.doors.eagle_eye.schemes.rates import RatesSerializer
from loyalty.doors.fields import FlagField
from schemes.models.scheme import Status
from schemes.serializers import StrictSerializer
from schemes.serializers.base import PointsField

# A lock of points lasts a year at most, in minutes.
LONGEST_LOCK = 366 * 24 * 60
PENDING_FORMAT = (
    "Write #n, where # is a number up to 9999 and n is D, W or M, for example 5D."
)


class DetailsSerializer(StrictSerializer):
    """What a scheme is called and when it runs."""

    name = TextField(required=True, allow_null=False, allow_blank=False, max_length=200)
    alternativeName = TextField(required=True)
    description = TextField(required=True)
    alternativeDescription = TextField(required=True)
    printerMessage = TextField(required=True)
    screenMessage = TextField(required=True)
    tags = ListingField()
    startDate = serializers.DateTimeField()
    endDate = serializers.DateTimeField(allow_null=True)
    mode = OneOf("OPEN")


class ExpiryRuleSerializer(StrictSerializer):
    """So long after they are earned; with a rounding, to the end of that month or year.

    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points", step 1.3.
    """

    type = OneOf("CUTOFFDATE")
    periodType = OneOf("DAY", "WEEK", "MONTH", "YEAR")
    periodCount = PointsField(max_value=9999)
    rounding = OneOf("MONTHEND", "YEAREND", required=False, allow_null=True)


class ExpirySerializer(UnchangedField, StrictSerializer):
    """Whether and when points expire."""

    shown_at = ("services", "expiryPoints")

    enabled = FlagField()
    rule = ExpiryRuleSerializer(required=False, allow_null=True)

    def validate(self, attrs: Any) -> Any:
        """Refuse an expiry without a rule."""
        if attrs["enabled"] and not attrs.get("rule"):
            raise serializers.ValidationError({"rule": ["Say when points expire."]})
        return attrs


class ServicesSerializer(StrictSerializer):
    """The funding of each kind of transaction, kept only, and the expiry."""

    autoTopup = ObjectField()
    credit = ObjectField()
    debit = ObjectField()
    goodwill = ObjectField()
    spend = ObjectField()
    earn = ObjectField()
    exchange = ObjectField()
    gift = ObjectField()
    expiryPoints = ExpirySerializer(default=None, allow_null=True)


class CriteriaSerializer(StrictSerializer):
    """Only grants of so many points, or orders of so much in minor units, wait."""

    minimumPoints = PointsField(required=False, allow_null=True)
    minimumAmount = PointsField(required=False, allow_null=True)


class PendingSerializer(UnchangedField, StrictSerializer):
    """How long new points wait. Source: the recipe's step 1.6."""

    shown_at = ("pendingPoints",)

    enabled = FlagField()
    value = serializers.RegexField(
        r"^[1-9][0-9]{0,3}[DWM]\Z",
        required=False,
        allow_null=True,
        trim_whitespace=False,
        error_messages={"invalid": PENDING_FORMAT, "blank": PENDING_FORMAT},
    )
    criteria = CriteriaSerializer(required=False, allow_null=True)

    def validate(self, attrs: Any) -> Any:
        """Refuse points that wait nobody knows how long."""
        if attrs["enabled"] and not attrs.get("value"):
            raise serializers.ValidationError({"value": [PENDING_FORMAT]})
        return attrs


class NegativeBalanceSerializer(StrictSerializer):
    """Whether an account may owe points."""

    enabled = FlagField()


class SchemeSerializer(StrictSerializer):
    """The whole of a scheme.

    Context: `shown`, the scheme as it is shown now, None for a new one; `identifiers`,
    whose rates there may be.
    Source: Eagle Eye "Create Schemes"; optional texts must be there, even if null.
    """

    type = OneOf("LOYALTY")
    accountClientType = TextField(
        required=True, allow_null=False, allow_blank=False, max_length=100
    )
    status = OneOf(*Status.values)
    reference = TextField(max_length=200)
    details = DetailsSerializer()
    services = ServicesSerializer()
    rates = RatesSerializer()
    pendingPoints = PendingSerializer(default=None, allow_null=True)
    negativeBalance = NegativeBalanceSerializer(required=False, allow_null=True)
    timeoutOverride = PointsField(
        required=False, allow_null=True, max_value=LONGEST_LOCK
    )
    rules = ObjectField()
    relationships = ListingField()
    custom = ObjectField()
    autoReduce = ObjectField()
    pointsLimitPerPeriod = ListingField()
    earnTransactionLimit = ObjectField()
    tiers = ObjectField()
    rewardBank = ObjectField()
    tags = ListingField()

    def get_fields(self) -> Any:
        """The fields; the name of one is a word of Python."""
        return {**super().get_fields(), "class": OneOf("POINTS")}

    def to_internal_value(self, data: Any) -> Any:
        """The validated body; services and rates that are not there are empty ones."""
        if isinstance(data, Mapping):
            empty = {name for name in ("services", "rates") if data.get(name) is None}
            data = {**data, **{name: {} for name in empty}}
        return super().to_internal_value(data)
