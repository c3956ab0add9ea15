"""How far earning, spending and refunds go, as Voucherify says it.

Source: Voucherify v2, `CardDefinitionCreate`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from loyalty.doors.fields import FlagField, TextField
from loyalty.doors.voucherify.fields import AtMostOneField, OneOfField, WordField
from schemes.serializers.base import PointsField, StrictSerializer


class TypeSerializer(StrictSerializer):
    """An object that has a type and nothing else."""

    type = TextField()


class MaxSerializer(TypeSerializer):
    """A limit of so many points."""

    max = PointsField()


class CalendarUnitSerializer(StrictSerializer):
    """A stretch of the calendar."""

    unit = WordField(
        {word: word for word in ("DAY", "WEEK", "MONTH", "YEAR")},
        unsupported=["QUARTER"],
    )


class CurrentPeriodSerializer(StrictSerializer):
    """The stretch of the calendar that goes on now."""

    type = serializers.ChoiceField(choices=["CURRENT_PERIOD"])
    current_period = CalendarUnitSerializer()


class MaxPointsSerializer(StrictSerializer):
    """So many points."""

    max = PointsField()


class TimeBasedSerializer(TypeSerializer):
    """A limit of so many points in one stretch of the calendar."""

    period = CurrentPeriodSerializer()
    points = MaxPointsSerializer()


class LimitsSerializer(StrictSerializer):
    """Limits of all transactions together, and of each.

    of_all, of_each: the arguments of the OneOfField that reads the one limit.
    """

    of_all: ClassVar[Mapping[str, Any]]
    of_each: ClassVar[Mapping[str, Any]]

    def get_fields(self):
        """Made here, since `global` is a word of Python's own."""
        words = {"off": "NO_LIMIT", "on": "LIMITED", "items": "limits"}
        return {
            "global": AtMostOneField(**words, one=OneOfField(**self.of_all)),
            "transactions": AtMostOneField(**words, one=OneOfField(**self.of_each)),
        }


class EarningLimitsSerializer(LimitsSerializer):
    """`earning_limits`."""

    of_all = {
        "shapes": {"BALANCE_BASED": MaxSerializer, "TIME_BASED": TimeBasedSerializer}
    }
    of_each = {"shapes": {"POINTS": MaxSerializer}, "unsupported": ["SPENDING"]}


class SpendingLimitsSerializer(LimitsSerializer):
    """`spending_limits`; we limit each spend, but not all of them together."""

    of_all = {"shapes": {}, "unsupported": ["SPENDING_BASED", "TIME_BASED"]}
    of_each = {"shapes": {"POINTS": MaxSerializer}}


class ReturnSerializer(TypeSerializer):
    """Spent points are given back."""

    mode = WordField(
        {"REFUND_ALL": "REFUND_ALL"}, unsupported=["REFUND_ITEM", "REFUND_AMOUNT"]
    )


class RevokeSerializer(TypeSerializer):
    """Earned points are taken back, from the balance too."""

    mode = WordField({"REVOKE_TO_ZERO": "TO_ZERO", "REVOKE_BELOW_ZERO": "BELOW_ZERO"})


REFUNDABLE = {"off": "NONE", "on": "REFUNDABLE", "items": "methods"}


class RefundsSerializer(StrictSerializer):
    """`refunds`: what happens to points when an order is undone."""

    spent_points = AtMostOneField(
        **REFUNDABLE, one=OneOfField({"RETURN_POINTS": ReturnSerializer})
    )
    earned_points = AtMostOneField(
        **REFUNDABLE,
        one=OneOfField(
            {
                "REVOKE_FROM_PENDING": TypeSerializer,
                "REVOKE_FROM_BALANCE": RevokeSerializer,
            }
        ),
    )


class BalanceSerializer(StrictSerializer):
    """`balance_settings`."""

    allow_negative = FlagField()
