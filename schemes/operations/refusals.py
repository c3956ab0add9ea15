"""Why a change of configuration is refused, beside rules that make no sense."""

from django.utils.translation import gettext_noop as _

from loyalty.errors import Conflict


class VersionConflict(Conflict):
    """The scheme has changed since the caller read it (409)."""

    key = "version_conflict"
    default_message = _("The scheme has changed meanwhile: read it again.")


class InUse(Conflict):
    """Somebody has a card by these rules, so they stay (409)."""

    key = "in_use"


class NameTaken(Conflict):
    """A name or reference that must be unique is in use already (409)."""

    key = "name_taken"
