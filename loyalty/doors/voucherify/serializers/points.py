"""What a card's points are adjusted by."""

from loyalty.doors.fields import TextField
from schemes.policies import MAX_POINTS
from schemes.serializers.base import PointsField, StrictSerializer


class AdjustmentSerializer(StrictSerializer):
    """Points to add, or if negative to subtract."""

    points = PointsField(min_value=-MAX_POINTS)
    reason = TextField(
        max_length=255, required=False, allow_null=True, allow_blank=True
    )
