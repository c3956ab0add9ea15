"""The API's form of units and schemes."""

from schemes.models import Scheme, Unit
from schemes.serializers.base import MetadataField, StrictModelSerializer


class UnitSerializer(StrictModelSerializer):
    """A business unit."""

    class Meta:
        model = Unit
        fields = ("id", "name", "incoming_identifier")


class SchemeSerializer(StrictModelSerializer):
    """A scheme. It is made as a draft; `activate` lets points be earned in it."""

    metadata = MetadataField()

    class Meta:
        model = Scheme
        fields = (
            "id",
            "reference",
            "name",
            "description",
            "status",
            "starts_at",
            "ends_at",
            "time_zone",
            "currency",
            "point_cost",
            "expected_breakage",
            "version",
            "metadata",
        )
        read_only_fields = ("status", "version")
        extra_kwargs = {
            "starts_at": {"help_text": "From this moment on points are earned."},
        }
