"""What a card definition may look like: the sections that Voucherify's have.

Fields that nobody knows are refused, and so is what we have no rule for.
Source: Voucherify v2, `CardDefinitionCreate`.
"""

from rest_framework import serializers

from loyalty.doors.fields import TextField
from loyalty.doors.voucherify.fields import OPTIONAL, MetadataField, OneOfField
from loyalty.doors.voucherify.serializers.dates import (
    ExpirationSerializer,
    PendingSerializer,
)
from loyalty.doors.voucherify.serializers.limits import (
    BalanceSerializer,
    EarningLimitsSerializer,
    RefundsSerializer,
    SpendingLimitsSerializer,
    TypeSerializer,
)
from schemes.serializers.base import PointsField, StrictSerializer


class CodeSerializer(StrictSerializer):
    """`code_config`: what card numbers look like. Ours are of digits."""

    length = PointsField(max_value=40, **OPTIONAL)
    charset = serializers.ChoiceField(
        # What Voucherify has by default stands for "whatever you like".
        choices=["0-9a-zA-Z", "0123456789", "0-9"],
        error_messages={"invalid_choice": "Only digits are supported here."},
        **OPTIONAL,
    )
    prefix = TextField(allow_blank=True, max_length=40, **OPTIONAL)
    postfix = TextField(allow_blank=True, max_length=40, **OPTIONAL)
    pattern = TextField(max_length=40, **OPTIONAL)


class SectionsSerializer(StrictSerializer):
    """The sections that can be given when a definition is made, and changed later."""

    name = TextField(max_length=200)
    code_config = CodeSerializer(**OPTIONAL)
    points_expiration = ExpirationSerializer(**OPTIONAL)
    pending_points = PendingSerializer(**OPTIONAL)
    earning_limits = EarningLimitsSerializer(**OPTIONAL)
    spending_limits = SpendingLimitsSerializer(**OPTIONAL)
    refunds = RefundsSerializer(**OPTIONAL)
    balance_settings = BalanceSerializer(**OPTIONAL)
    pay_with_points = OneOfField(
        {"NO_PAYMENTS": TypeSerializer}, unsupported=["EXCHANGE_RATIO"], **OPTIONAL
    )
    metadata = MetadataField()


class CardDefinitionSerializer(SectionsSerializer):
    """A new card definition."""

    type = serializers.ChoiceField(choices=["INDIVIDUAL"])
    status = serializers.ChoiceField(choices=["DRAFT", "ACTIVE"], **OPTIONAL)
