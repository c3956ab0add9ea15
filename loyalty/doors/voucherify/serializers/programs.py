"""What a program may look like, and a change of the card definitions in it.

Source: Voucherify v2, `ProgramCreate`.
"""

from rest_framework import serializers

from loyalty.doors.fields import TextField
from loyalty.doors.voucherify.fields import (
    OPTIONAL,
    MetadataField,
    OneOfField,
    UnsupportedField,
)
from schemes.serializers.base import StrictSerializer


class AnyTimeSerializer(StrictSerializer):
    """The program runs at every hour of the day."""

    type = TextField()
    daily = UnsupportedField()


class ProgramUpdateSerializer(StrictSerializer):
    """What can be changed of a program."""

    name = TextField(max_length=200)
    start_date = serializers.DateTimeField(**OPTIONAL)
    end_date = serializers.DateTimeField(**OPTIONAL)
    validity_hours = OneOfField(
        {"ANY_TIME": AnyTimeSerializer}, unsupported=["DAILY"], **OPTIONAL
    )
    metadata = MetadataField()


class NamedSerializer(StrictSerializer):
    """An object that is named by its id."""

    id = TextField(max_length=100)


class NamedListField(serializers.ListField):
    """Up to ten objects, each of them once; becomes their ids."""

    child = NamedSerializer()

    def __init__(self, **options):
        super().__init__(**{"max_length": 10, **OPTIONAL, **options})

    def to_internal_value(self, data):
        """The ids."""
        ids = [each["id"] for each in super().to_internal_value(data)]
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("An id is there twice.")
        return ids


class ProgramSerializer(ProgramUpdateSerializer):
    """A new program. What points are earned for is part of a card definition here."""

    status = serializers.ChoiceField(choices=["ACTIVE", "DRAFT"], **OPTIONAL)
    card_definitions = NamedListField()
    earning_rules = UnsupportedField()
    rewards = UnsupportedField()
    tier_structures = UnsupportedField()


class AssignmentsSerializer(StrictSerializer):
    """Which card definitions leave a program, and which come into it."""

    assign = NamedListField()
    unassign = NamedListField()
