"""What the API shows: cards with their balances, buckets, transactions, sweep runs."""

from typing import Any

from rest_framework import serializers

from accounts.models import Card
from schemes.serializers.base import StrictModelSerializer
from transactions.balances import Balance
from transactions.models import Allocation, Bucket, SweepRun, Transaction


class DueSerializer(serializers.Serializer[Any]):
    """So many points at a moment."""

    at = serializers.DateTimeField()
    points = serializers.IntegerField()


class BalanceSerializer(serializers.Serializer[Balance]):
    """What a card holds at a moment.

    `active` can be spent, but for what of it is `held` for spends under way;
    `overdraft` is owed.
    """

    active = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    overdraft = serializers.IntegerField()
    next_activation = DueSerializer(allow_null=True)
    next_expiry = DueSerializer(allow_null=True)


class ScheduleSerializer(serializers.Serializer[Any]):
    """All that becomes active and all that lapses, if nothing else happens."""

    activations = DueSerializer(many=True)
    expiries = DueSerializer(many=True)


class CardSerializer(StrictModelSerializer):
    """A member's points account under one card definition."""

    member = serializers.UUIDField(source="member.uuid", read_only=True)
    card_definition = serializers.UUIDField(source="definition.uuid", read_only=True)
    balance = serializers.SerializerMethodField()

    class Meta:
        model = Card
        fields = (
            "id",
            "member",
            "card_definition",
            "code",
            "status",
            "balance",
            "created_at",
        )
        read_only_fields = fields

    def get_balance(self, card: Card) -> BalanceSerializer:
        """The balance that the view has looked up for the whole page."""
        balance = self.context["balances"][card.pk]
        return BalanceSerializer(balance).data  # type: ignore[return-value]  # for the OpenAPI document


class BucketSerializer(StrictModelSerializer):
    """Points granted together. `status` is as last written; the dates decide."""

    card = serializers.UUIDField(source="card.uuid", read_only=True)

    class Meta:
        model = Bucket
        fields = (
            "id",
            "card",
            "points",
            "remaining",
            "status",
            "earned_at",
            "activates_at",
            "expires_at",
            "cancels_at",
            "pending_mode",
            "expiry_mode",
            "order_reference",
            "created_at",
        )
        read_only_fields = fields


class AllocationSerializer(serializers.ModelSerializer[Allocation]):
    """How much was drawn from a bucket; negative: put back."""

    bucket = serializers.UUIDField(source="bucket.uuid", read_only=True)

    class Meta:
        model = Allocation
        fields = ("bucket", "points")
        read_only_fields = fields


class TransactionSerializer(StrictModelSerializer):
    """One business event on a card: what it did to both balances, when and why."""

    card = serializers.UUIDField(source="card.uuid", read_only=True)
    bucket = serializers.UUIDField(
        source="bucket.uuid", read_only=True, allow_null=True
    )
    parent = serializers.UUIDField(  # type: ignore[assignment]  # a field, not the attribute
        source="parent.uuid", read_only=True, allow_null=True
    )
    allocations = AllocationSerializer(many=True, read_only=True)
    details = serializers.DictField(read_only=True)

    class Meta:
        model = Transaction
        fields = (
            "id",
            "card",
            "bucket",
            "parent",
            "type",
            "status",
            "points",
            "pending_points",
            "effective_at",
            "created_at",
            "processed_at",
            "held_until",
            "order_reference",
            "amount",
            "currency",
            "reference",
            "actor",
            "reason",
            "details",
            "allocations",
        )
        read_only_fields = fields


class TransactionsSerializer(serializers.Serializer[Any]):
    """All that one call wrote."""

    results = TransactionSerializer(many=True)


class SweepRunSerializer(serializers.ModelSerializer[SweepRun]):
    """One pass of a sweep. `lag` is in seconds: how late the oldest row was.

    A pass serves all units, so how much it did is not for one of them to know.
    """

    lag = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()

    class Meta:
        model = SweepRun
        fields = (
            "id",
            "name",
            "until",
            "started_at",
            "finished_at",
            "lag",
            "failed",
        )
        read_only_fields = fields

    def get_failed(self, run: SweepRun) -> bool:
        """Whether rows were passed over, or the pass broke off."""
        return bool(run.error)

    def get_lag(self, run: SweepRun) -> float | None:
        """How late the oldest row was."""
        return None if run.lag is None else run.lag.total_seconds()
