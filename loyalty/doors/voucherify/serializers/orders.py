"""What a shop tells of an order."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from loyalty.doors.fields import TextField
from schemes.serializers.base import AmountField

EARNING = ("PAID", "FULFILLED")


class NullIsAbsent(serializers.Serializer[Any]):
    """Voucherify's own clients send null for what nobody has set."""

    def to_internal_value(self, data: Any) -> Any:
        """What was set."""
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class CustomerSerializer(NullIsAbsent):
    """Whose order it is: the shop's own id of the customer, in either field."""

    id = TextField(max_length=200, required=False)
    source_id = TextField(max_length=200, required=False)

    def validate(self, attrs: Any) -> Any:
        """The customer; one of the two fields is needed."""
        if not attrs.get("id") and not attrs.get("source_id"):
            raise serializers.ValidationError({"source_id": "Name the customer."})
        return attrs


class OrderSerializer(NullIsAbsent):
    """An order. `amount` is in minor units; other fields are given back as sent."""

    source_id = TextField(max_length=200)
    status = serializers.ChoiceField(
        choices=["CREATED", "PAID", "CANCELED", "FULFILLED"], default="CREATED"
    )
    amount = AmountField(required=False)
    customer = CustomerSerializer(required=False)
    metadata = serializers.DictField(required=False)

    def validate(self, attrs: Any) -> Any:
        """The order; one that earns says how much it is.

        A new one without a customer is a guest's, and earns nothing. Of one that was
        told before it must be said again whose it is.
        """
        if attrs["status"] in EARNING:
            needed = ["amount"] if "customer" in attrs else []
            if self.context.get("told_before"):
                needed = ["amount", "customer"]
            for name in needed:
                if name not in attrs:
                    why = "A paid order needs it: orders are not kept here."
                    raise serializers.ValidationError({name: why})
        return attrs
