"""What this door is sent: the parameters of its lists, and the rows of a booking."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from schemes.policies import MAX_POINTS
from schemes.serializers.base import LARGEST_INTEGER, StrictSerializer

FILTERS = ("All", "Active", "Pending")


class WholeNumberField(serializers.Field[int, Any, Any, Any]):
    """A whole number of either sign, which may be written 100.0."""

    default_error_messages = {
        "invalid": f"A whole number from -{MAX_POINTS} to {MAX_POINTS} is expected."
    }

    def to_internal_value(self, data: Any) -> int:
        """The number; 1.5, true and "10" are none."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if data != int(data) or abs(data) > MAX_POINTS:
            self.fail("invalid")
        return int(data)


class GuidField(serializers.UUIDField):
    """A uuid in text, however its signs are grouped."""

    def to_internal_value(self, data: Any) -> Any:
        """The uuid; a number is none."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class PageQuery(StrictSerializer):
    """Which part of a list."""

    offset = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST_INTEGER)
    count = serializers.IntegerField(default=100, min_value=1, max_value=1000)


class AccountsQuery(PageQuery):
    """Whose accounts."""

    contactId = GuidField()


class TransactionsQuery(PageQuery):
    """Which transactions of which account; a blank filter is All."""

    id = GuidField()
    filter = serializers.ChoiceField(
        choices=FILTERS,
        default="All",
        error_messages={"invalid_choice": f"Use one of {', '.join(FILTERS)}."},
    )


class TransactionRowSerializer(StrictSerializer):
    """One row of a booking. A moment without a zone is UTC.

    context: `now`, the moment of the request.
    Source: Engage "Pending points", "Creating pending points for one or several
    contacts".
    """

    contactId = GuidField()
    amount = WholeNumberField()
    definitionId = WholeNumberField()
    timeStamp = serializers.DateTimeField(default=None, allow_null=True)
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # DRF takes it out of the class
    description = serializers.CharField(max_length=500)
    validFrom = serializers.DateTimeField(default=None, allow_null=True)
    validTo = serializers.DateTimeField(default=None, allow_null=True)

    def validate_amount(self, amount: int) -> int:
        """The points; none at all are no transaction."""
        if not amount:
            raise serializers.ValidationError("0 points are no transaction.")
        return amount

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row. Points are taken at once, so the dates of a deduction mean nothing.

        One in the future means something that cannot be done.
        """
        begins = attrs["validFrom"]
        if attrs["amount"] < 0 and begins and begins > self.context["now"]:
            raise serializers.ValidationError(
                {"validFrom": "Points are taken at once: only added points can wait."}
            )
        return attrs
