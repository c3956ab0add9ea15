"""The API's form of card definitions, with their rates in them."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from schemes.models import BurnRate, CardDefinition, EarnRate
from schemes.serializers.base import (
    MetadataField,
    PortableIntegers,
    Strict,
    StrictModelSerializer,
)

DAYS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["month", "day"],
        "properties": {
            "month": {"type": "integer", "minimum": 1, "maximum": 12},
            "day": {"type": "integer", "minimum": 1, "maximum": 31},
        },
    },
}


@extend_schema_field(DAYS)
class DaysField(serializers.JSONField):
    """Days of the year, each as {"month": 6, "day": 30}."""


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class NamesField(serializers.JSONField):
    """A list of names."""


class EarnRateSerializer(
    Strict, PortableIntegers, serializers.ModelSerializer[EarnRate]
):
    """One band of an earn rate."""

    incoming_identifier = serializers.CharField(max_length=100, required=False)

    class Meta:
        model = EarnRate
        fields = (
            "incoming_identifier",
            "name",
            "type",
            "points",
            "step",
            "offset",
            "floor",
            "ceiling",
        )
        validators: Sequence[Any] = ()  # the policies check bands as a whole


class BurnRateSerializer(
    Strict, PortableIntegers, serializers.ModelSerializer[BurnRate]
):
    """One band of a burn rate."""

    incoming_identifier = serializers.CharField(max_length=100, required=False)

    class Meta:
        model = BurnRate
        fields = (
            "incoming_identifier",
            "name",
            "floor",
            "ceiling",
            "step",
            "rate",
        )
        validators: Sequence[Any] = ()  # the policies check bands as a whole


class CardDefinitionSerializer(StrictModelSerializer):
    """The rules of one kind of points. Rates given replace all that there were."""

    scheme = serializers.UUIDField(source="scheme.uuid")
    pending_dates = DaysField(required=False)
    pending_events = NamesField(required=False)
    expiry_dates = DaysField(required=False)
    earn_rates = EarnRateSerializer(many=True, required=False)
    burn_rates = BurnRateSerializer(many=True, required=False)
    metadata = MetadataField()

    class Meta:
        model = CardDefinition
        fields = (
            "id",
            "scheme",
            "name",
            "status",
            "pending_mode",
            "pending_period",
            "pending_rounds_up",
            "pending_dates",
            "pending_events",
            "pending_deadline",
            "pending_min_points",
            "pending_min_amount",
            "expiry_mode",
            "expiry_period",
            "expiry_rounding",
            "expiry_dates",
            "expiry_from",
            "slides_on_earn",
            "slides_on_spend",
            "refunds",
            "allow_negative",
            "return_grace_days",
            "max_points_per_earn",
            "max_points_per_spend",
            "max_balance",
            "earn_limit",
            "earn_limit_period",
            "code_pattern",
            "earn_rates",
            "burn_rates",
            "metadata",
        )
        read_only_fields = ("status",)
        validators: Sequence[Any] = ()
