"""The admin pages of units, schemes and card definitions."""

from schemes.admin.pages import CardDefinitionAdmin, SchemeAdmin, UnitAdmin

__all__ = ["CardDefinitionAdmin", "SchemeAdmin", "UnitAdmin"]
