"""The caller's own unit, which shows the identifier that rates are for."""

from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.eagle_eye.base import EagleEyeViewSet
from loyalty.doors.eagle_eye.ids import missing, read_id, write_id


class UnitViewSet(EagleEyeViewSet):
    """Business units. There is one level of them here, Eagle Eye's company."""

    scopes = {"retrieve": "schemes:read"}

    def retrieve(self, request: Request, unit_id: str) -> Response:
        """The caller's unit; no other one is shown.

        Source: the recipe's troubleshooting, "Customer can't earn or burn points".
        """
        unit = self.unit
        if read_id(unit_id) != unit.pk:
            raise missing("unit", unit_id)
        return Response(
            {
                "id": write_id(unit.pk),
                "parentUnitId": None,
                "type": "COMPANY",
                "status": "ACTIVE",
                "name": unit.name,
                "incomingIdentifier": unit.incoming_identifier,
            }
        )
