"""A batch and its answer."""

from typing import Any

from rest_framework import serializers

from schemes.serializers.base import StrictSerializer


class BatchSerializer(StrictSerializer):
    """Up to 1,000 calls. Each row is the body of its verb, with `verb` and `card`.

    The verbs `activate` and `cancel` name a `bucket` instead, and need `buckets:write`.
    """

    all_or_nothing = serializers.BooleanField(
        default=False, help_text="One refused row undoes all of them."
    )
    rows = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=1000
    )


class BatchResultSerializer(serializers.Serializer[Any]):
    """What became of one row: `id` of its transaction, or the `key` of its refusal."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["BOOKED", "REFUSED", "UNDONE"])
    id = serializers.UUIDField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_blank=True)


class BatchAnswerSerializer(serializers.Serializer[Any]):
    """What became of every row, in the order of the rows."""

    booked = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BatchResultSerializer(many=True)
