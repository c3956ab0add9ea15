"""The API's form of members and their identities."""

from typing import Any

from rest_framework import serializers

from accounts.models import Identity, Member
from schemes.serializers.base import (
    MetadataField,
    Strict,
    StrictModelSerializer,
    StrictSerializer,
)


class IdentitySerializer(Strict, serializers.ModelSerializer[Identity]):
    """A value that finds the member, unique in the unit whatever its case."""

    class Meta:
        model = Identity
        fields = ("type", "value")


class IdentityValueSerializer(StrictSerializer):
    """The identity to be removed."""

    value = serializers.CharField(max_length=200)


class MemberSerializer(StrictModelSerializer):
    """A customer of the unit. Identities are given when the member is made."""

    identities = IdentitySerializer(many=True, required=False)
    metadata = MetadataField()

    class Meta:
        model = Member
        fields = (
            "id",
            "external_id",
            "name",
            "status",
            "identities",
            "metadata",
            "created_at",
        )
        read_only_fields = ("status", "created_at")


class MemberChangeSerializer(StrictSerializer):
    """What can be changed of a member."""

    external_id = serializers.CharField(max_length=200, required=False)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    metadata = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing to change is a mistake of the caller's."""
        if not attrs:
            raise serializers.ValidationError("Give something to change.")
        return attrs
