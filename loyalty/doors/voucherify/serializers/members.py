"""How somebody becomes a member of a program. Source: Voucherify v2, `MemberCreate`."""

from rest_framework import serializers

from loyalty.doors.fields import TextField
from loyalty.doors.voucherify.fields import OPTIONAL, MetadataField
from schemes.serializers.base import StrictSerializer

BY = ["customer_id", "customer_source_id"]


class IdentificationSerializer(StrictSerializer):
    """By which of its ids a customer is named; to us both are the shop's own."""

    type = serializers.ChoiceField(choices=BY)
    customer_id = TextField(max_length=200, required=False)
    customer_source_id = TextField(max_length=200, required=False)

    def validate(self, given):
        """The id of that type must be there."""
        if given["type"] not in given:
            raise serializers.ValidationError({given["type"]: "Say which customer."})
        return given


class MemberSerializer(StrictSerializer):
    """A new member of a program."""

    customer_id = TextField(max_length=200, required=False)
    customer_identification = IdentificationSerializer(required=False)
    status = serializers.ChoiceField(choices=["ACTIVE", "INACTIVE"], **OPTIONAL)
    metadata = MetadataField()

    def validate(self, given):
        """Exactly one of both ways to name the customer; kept as `customer_id`."""
        named = given.pop("customer_identification", None)
        if ("customer_id" in given) == (named is not None):
            message = "Name the customer by this, or by customer_identification."
            raise serializers.ValidationError({"customer_id": message})
        if named is not None:
            given["customer_id"] = named[named["type"]]
        return given


class MemberUpdateSerializer(StrictSerializer):
    """What can be changed of a member."""

    metadata = MetadataField(required=True)
