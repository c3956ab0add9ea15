"""What staff do in the ledger: a form, a preview, a confirmation, for every verb alike."""

from transactions.admin.verbs.base import Offer
from transactions.admin.verbs.pages import VerbsPage, offers

__all__ = ["Offer", "VerbsPage", "offers"]
