"""What the filters of every app share."""

from datetime import UTC, datetime
from typing import Any

from django.forms import ValidationError
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):  # type: ignore[misc]  # untyped library
    """An ISO 8601 moment that also is one in UTC."""

    def to_python(self, value: Any) -> datetime | None:
        """The moment; year 1 in an eastern zone is before all of them in UTC."""
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("This moment is out of range.") from error


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]  # untyped library
    """A bound in time, as 2025-06-15T15:00:00Z."""

    field_class = MomentField
