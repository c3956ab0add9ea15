"""What the rules of a card definition can be, in the words that staff read."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

code_pattern_validator = RegexValidator(
    r"^[0-9A-Za-z-]*#{4,}[0-9A-Za-z#-]*\Z",
    _("Write # for each digit, at least four in a row, for example: GB-##########."),
)
PERIOD_HELP = _("A number followed by D, W or M (also H or Y): 5D, 3W, 3M.")


class PendingMode(models.TextChoices):
    """When points that were earned can be spent."""

    IMMEDIATE = "IMMEDIATE", _("Active at once")
    PERIOD_BASED = "PERIOD_BASED", _("Active after a period")
    FIXED_DATES = "FIXED_DATES", _("Active on the next of some dates")
    EVENT_BASED = "EVENT_BASED", _("Active when an event happens")


class ExpiryMode(models.TextChoices):
    """When points that were not spent are gone."""

    NONE = "NONE", _("Never expire")
    ROLLING = "ROLLING", _("Expire after a period")
    CALENDAR = "CALENDAR", _("Expire on the next of some dates")
    SLIDING = "SLIDING", _("Expire a period after the last activity")


class ExpiryRounding(models.TextChoices):
    """To the end of what an expiry is moved on."""

    NONE = "NONE", _("To the second")
    DAY = "DAY", _("End of the day")
    MONTH = "MONTH", _("End of the month")
    QUARTER = "QUARTER", _("End of the quarter")
    HALF_YEAR = "HALF_YEAR", _("End of the half-year")
    YEAR = "YEAR", _("End of the year")


class CountedFrom(models.TextChoices):
    """From when an expiry is counted."""

    EARNED = "EARNED", _("The moment they are earned")
    ACTIVATED = "ACTIVATED", _("The moment they become active")


class Refunds(models.TextChoices):
    """What is taken back when an order is refunded."""

    NONE = "NONE", _("Refunds take nothing back")
    FROM_PENDING = "FROM_PENDING", _("Only points that still wait")
    TO_ZERO = "TO_ZERO", _("Down to a balance of zero")
    BELOW_ZERO = "BELOW_ZERO", _("Below zero, as an overdraft")


class LimitPeriod(models.TextChoices):
    """In what time a limit of what is earned starts anew."""

    DAY = "DAY", _("A day")
    WEEK = "WEEK", _("A week")
    MONTH = "MONTH", _("A month")
    YEAR = "YEAR", _("A year")
