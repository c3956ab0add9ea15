"""Who holds points: members, what finds them, their cards; and who may ask: clients."""

from accounts.models.api_client import ApiClient, ApiSecret
from accounts.models.card import Card
from accounts.models.identity import Identity, IdentityQuerySet
from accounts.models.member import Member

__all__ = ["ApiClient", "ApiSecret", "Card", "Identity", "IdentityQuerySet", "Member"]
