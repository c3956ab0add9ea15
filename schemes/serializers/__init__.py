"""The API's form of units, schemes, card definitions and rates."""

from schemes.serializers.base import StrictModelSerializer, StrictSerializer
from schemes.serializers.definitions import CardDefinitionSerializer
from schemes.serializers.schemes import SchemeSerializer, UnitSerializer

__all__ = [
    "CardDefinitionSerializer",
    "SchemeSerializer",
    "StrictModelSerializer",
    "StrictSerializer",
    "UnitSerializer",
]
