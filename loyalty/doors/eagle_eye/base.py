"""What every view of this door shares: its error body, and whose schemes there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from loyalty.doors.eagle_eye.ids import missing, read_id
from loyalty.doors.shared import DoorViewSet, NowhereMixin
from schemes.models import CardDefinition


class EagleEyeViewSet(DoorViewSet):
    """Actions of Eagle Eye's API."""

    def said(self, error: Mapping[str, Any], problems: Sequence[str]) -> Any:
        """The error as Eagle Eye's clients read it.

        `details` has a line for each field at fault.
        Source: the error model of Eagle Eye's own clients.
        """
        return {
            "errorCode": error["key"].upper(),
            "errorMessage": error["message"],
            "errorDescription": error["details"] or error["message"],
            "details": list(problems),
        }

    def schemes(self) -> QuerySet[CardDefinition]:
        """The caller's schemes: each is a card definition with the scheme around it."""
        return (
            CardDefinition.objects.filter(scheme__unit=self.unit)
            .select_related("scheme__unit")
            .prefetch_related("earn_rates", "burn_rates")
        )

    def scheme(self, text: str) -> CardDefinition:
        """The scheme of this id.

        :raises NotFound: if the caller's unit has none.
        """
        found = self.schemes().filter(pk=read_id(text)).first()
        if found is None:
            raise missing("scheme", text)
        return found


class Nowhere(NowhereMixin, EagleEyeViewSet):
    """What is not spoken here."""

    scopes = {}
