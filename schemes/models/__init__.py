"""What is promised: units, their schemes, and the rules of each kind of points."""

from schemes.models.card_definition import CardDefinition
from schemes.models.rates import BurnRate, EarnRate
from schemes.models.scheme import Scheme
from schemes.models.unit import Unit
from schemes.models.unit_access import UnitAccess

__all__ = ["BurnRate", "CardDefinition", "EarnRate", "Scheme", "Unit", "UnitAccess"]
