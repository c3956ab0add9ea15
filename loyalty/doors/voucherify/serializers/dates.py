"""When the points of a card definition wait and lapse, as Voucherify says it.

Source: Voucherify v2, `CardDefinitionCreate`.
"""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework import serializers

from loyalty.doors.fields import FlagField, TextField
from loyalty.doors.voucherify.fields import (
    OPTIONAL,
    PeriodField,
    UnsupportedField,
    WordField,
)
from schemes.serializers.base import PointsField, StrictSerializer


class VariantSerializer(StrictSerializer):
    """A section whose `type` wants the object of its own name, and no other.

    objects: the object that each type wants, or None.
    """

    objects: ClassVar[Mapping[str, str | None]]

    def get_fields(self):
        """The objects, and the types there are."""
        types = serializers.ChoiceField(choices=list(self.objects))
        return {"type": types, **super().get_fields()}

    def validate(self, given):
        """Refuse the object of another type, and a type without its own."""
        own = self.objects[given["type"]]
        for name in filter(None, self.objects.values()):
            if name == own and given.get(name) is None:
                message = f"{given['type']} needs it."
                raise serializers.ValidationError({name: message})
            if name != own and given.get(name) is not None:
                message = f"It does not belong to {given['type']}."
                raise serializers.ValidationError({name: message})
        return given


class DaySerializer(StrictSerializer):
    """A day that comes every year."""

    day = PointsField(max_value=31)
    month = PointsField(max_value=12)


class DaysField(serializers.ListField):
    """Up to twenty days."""

    child = DaySerializer()

    def __init__(self, **options):
        super().__init__(**{"min_length": 1, "max_length": 20, **options})


class RoundingSerializer(StrictSerializer):
    """To the end of which stretch of the calendar an expiry is moved."""

    type = WordField(
        {
            "END_OF_MONTH": "MONTH",
            "END_OF_QUARTER": "QUARTER",
            "END_OF_HALF_YEAR": "HALF_YEAR",
            "END_OF_YEAR": "YEAR",
        },
        unsupported=["END_OF_PARTICULAR_MONTH"],
    )
    value = UnsupportedField()


class RollingSerializer(StrictSerializer):
    """Points lapse a period after they become active."""

    period = PeriodField({"DAY": 90, "MONTH": 12, "YEAR": 5})
    rounding = RoundingSerializer(**OPTIONAL)


class CalendarSerializer(StrictSerializer):
    """Points lapse after the next of these days."""

    expiration_dates = DaysField()


class SlidingSerializer(StrictSerializer):
    """Points lapse a period after the last activity."""

    period = PeriodField({"DAY": 90, "MONTH": 12, "YEAR": 1})
    earning_activity = FlagField(default=False)
    spending_activity = FlagField(default=False)
    custom_activity = UnsupportedField()
    custom_activity_types = UnsupportedField()

    def validate(self, given):
        """Something must count as an activity."""
        if not given["earning_activity"] and not given["spending_activity"]:
            raise serializers.ValidationError("At least one activity must be true.")
        return given


class ExpirationSerializer(VariantSerializer):
    """`points_expiration`: when points lapse."""

    objects = {
        "NO_EXPIRATION": None,
        "ROLLING_EXPIRATION": "rolling_expiration",
        "CALENDAR_EXPIRATION": "calendar_expiration",
        "SLIDING_EXPIRATION": "sliding_expiration",
    }
    rolling_expiration = RollingSerializer(**OPTIONAL)
    calendar_expiration = CalendarSerializer(**OPTIONAL)
    sliding_expiration = SlidingSerializer(**OPTIONAL)


WAIT = {"DAY": 90, "MONTH": 12, "YEAR": 1}


class PeriodBasedSerializer(StrictSerializer):
    """Points wait for a period."""

    period = PeriodField(WAIT)


class FixedDatesSerializer(StrictSerializer):
    """Points wait for the next of these days."""

    dates = DaysField()


class EventBasedSerializer(StrictSerializer):
    """Points wait for an event, and are canceled where it does not come in time."""

    event_types = serializers.ListField(
        child=TextField(max_length=200), min_length=1, max_length=10
    )
    cancel_period = PeriodField(WAIT)


class PendingSerializer(VariantSerializer):
    """`pending_points`: how points wait before they can be spent."""

    objects = {
        "IMMEDIATE": None,
        "PERIOD_BASED": "period_based",
        "FIXED_DATES": "fixed_dates",
        "EVENT_BASED": "event_based",
    }
    period_based = PeriodBasedSerializer(**OPTIONAL)
    fixed_dates = FixedDatesSerializer(**OPTIONAL)
    event_based = EventBasedSerializer(**OPTIONAL)
