"""What the verbs are given: one serializer each, and the cause that all of them share."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from schemes.serializers.base import (
    AmountField,
    MetadataField,
    PointsField,
    StrictSerializer,
)
from transactions import ledger


class CauseSerializer(StrictSerializer):
    """Why it happens, and how it is recognised when it comes again."""

    reference = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Your own name of this event, unique on the card for ever.",
    )
    reason = serializers.CharField(max_length=500, required=False)
    occurred_at = serializers.DateTimeField(
        required=False, help_text="When it happened, if that was earlier than now."
    )
    metadata = MetadataField()

    def cause(self, *, actor: str) -> ledger.Cause:
        """The cause, as the ledger takes it."""
        values = self.validated_data
        return ledger.Cause(
            actor=actor,
            **{
                name: values[name]
                for name in ("reference", "reason", "occurred_at", "metadata")
                if name in values
            },
        )

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {}


class OrderSerializer(StrictSerializer):
    """What was bought. `amount` is in minor units, after discounts."""

    reference = serializers.CharField(max_length=200)
    amount = AmountField(required=False)
    currency = serializers.CharField(max_length=3, required=False)
    rate_name = serializers.CharField(max_length=100, required=False)
    incoming_identifier = serializers.CharField(max_length=100, required=False)
    lines = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=500,
        help_text="The basket, kept with the transaction; points are counted on the "
        "whole of it.",
    )


def _order(values: Mapping[str, Any]) -> ledger.Order | None:
    given = dict(values.get("order") or {})
    given.pop("lines", None)
    return ledger.Order(**given) if given else None


class GrantSerializer(CauseSerializer):
    """The dates of one grant, in place of the rules'."""

    valid_from = serializers.DateTimeField(required=False)
    valid_to = serializers.DateTimeField(required=False)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {
            "valid_from": self.validated_data.get("valid_from"),
            "valid_to": self.validated_data.get("valid_to"),
        }


class EarnSerializer(GrantSerializer):
    """An order, whose amount earns by the rates; or explicit points; or both."""

    order = OrderSerializer(required=False)
    points = PointsField(required=False)

    def cause(self, *, actor: str) -> ledger.Cause:
        """The cause, with the basket in its metadata."""
        lines = (self.validated_data.get("order") or {}).get("lines")
        if lines:
            self.validated_data["metadata"] = {
                **self.validated_data.get("metadata", {}),
                "lines": lines,
            }
        return super().cause(actor=actor)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {
            "order": _order(self.validated_data),
            "points": self.validated_data.get("points"),
            **super().arguments(),
        }


class CreditSerializer(GrantSerializer):
    """Points given outright; they follow the pending rule unless told otherwise."""

    points = PointsField()
    waits = serializers.BooleanField(
        default=True, help_text="Follow the pending rule; false: active at once."
    )

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {
            "points": self.validated_data["points"],
            "waits": self.validated_data["waits"],
            **super().arguments(),
        }


class SpendSerializer(CauseSerializer):
    """Points spent on an order, or on the reward that is named."""

    points = PointsField()
    order = OrderSerializer(required=False)
    reward = serializers.CharField(max_length=200, required=False)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {
            "points": self.validated_data["points"],
            "order": _order(self.validated_data),
            "reward": self.validated_data.get("reward", ""),
        }


class HoldSerializer(SpendSerializer):
    """Points held for a spend, which is captured or released by `until`."""

    until = serializers.DateTimeField(
        help_text="When the hold lapses by itself; after now."
    )

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {"until": self.validated_data["until"], **super().arguments()}


class CaptureSerializer(StrictSerializer):
    """Nothing: what is captured was said when it was held."""


class ReleaseSerializer(StrictSerializer):
    """Why the points are not spent after all."""

    reason = serializers.CharField(max_length=500, required=False)


class DebitSerializer(CauseSerializer):
    """Points taken away."""

    points = PointsField()

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {"points": self.validated_data["points"]}


class PartSerializer(CauseSerializer):
    """So many points, or all that there are."""

    points = PointsField(required=False)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {"points": self.validated_data.get("points")}


class RescheduleSerializer(CauseSerializer):
    """New dates; what is left out stays. An expiry of null means never."""

    activates_at = serializers.DateTimeField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        names = ("activates_at", "expires_at")
        return {
            name: self.validated_data[name]
            for name in names
            if name in self.validated_data
        }


class RefundSerializer(CauseSerializer):
    """The money or the points refunded; neither: all that is left of the order."""

    card = serializers.UUIDField(
        required=False, help_text="Needed if several cards earned on the order."
    )
    amount = AmountField(min_value=1, required=False)
    points = PointsField(required=False)

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments."""
        return {
            "amount": self.validated_data.get("amount"),
            "points": self.validated_data.get("points"),
        }


class OrderActionSerializer(CauseSerializer):
    """All pending buckets of an order, on all cards or on one."""

    card = serializers.UUIDField(required=False)
    reference = None  # type: ignore[assignment]  # several transactions answer


ROWS: Mapping[ledger.BatchVerb, type[CauseSerializer]] = {
    ledger.BatchVerb.EARN: EarnSerializer,
    ledger.BatchVerb.CREDIT: CreditSerializer,
    ledger.BatchVerb.SPEND: SpendSerializer,
    ledger.BatchVerb.DEBIT: DebitSerializer,
    ledger.BatchVerb.ACTIVATE: CauseSerializer,
    ledger.BatchVerb.CANCEL: PartSerializer,
}
