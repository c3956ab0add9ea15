"""Figures as the verbs' pages write them."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from schemes.sentences import number


def signed(value: int) -> str:
    """1234 is "+1,234"."""
    return f"+{number(value)}" if value > 0 else number(value)


def shown(value: Any) -> Any:
    """A value as a person reads it: a moment in the current zone, a grouped number."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return number(value)
    if isinstance(value, datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    return value
