"""The API of units, schemes and card definitions."""

from schemes.views.base import OwnRows, StrictParameters
from schemes.views.definitions import CardDefinitionViewSet
from schemes.views.schemes import SchemeViewSet, UnitViewSet

__all__ = [
    "CardDefinitionViewSet",
    "OwnRows",
    "SchemeViewSet",
    "StrictParameters",
    "UnitViewSet",
]
