"""The schemes of the caller's unit, and what an order would earn in one."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.api.authentication import client_of
from loyalty.doors.eagle_eye import pages
from loyalty.doors.eagle_eye.base import EagleEyeViewSet
from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.schemes import bodies, saving, shown
from loyalty.doors.history import dated_with_scheme
from loyalty.errors import BadInput
from schemes import policies
from schemes.models import CardDefinition, Scheme
from transactions.ledger import Order
from transactions.ledger.rates import points_earned

# As many digits as the most points have.
LONGEST_AMOUNT = len(str(policies.MAX_POINTS))


class SchemeViewSet(EagleEyeViewSet):
    """Schemes: the rules of points. A change touches no points already granted."""

    scopes = {
        "list": "schemes:read",
        "create": "schemes:write",
        "retrieve": "schemes:read",
        "update": "schemes:write",
        "partial_update": "schemes:write",
        "destroy": "schemes:write",
        "calculate": "schemes:read",
    }

    def schemes(self) -> QuerySet[CardDefinition]:
        """The caller's schemes with the dates that are shown of them."""
        return dated_with_scheme(super().schemes())

    def list(self, request: Request) -> Response:
        """The schemes, the oldest first unless `orderBy` wants it otherwise."""
        pages.filters_of(request)  # there are none
        order = pages.order_of(request, "dateCreated", default="ASC")
        return Response(
            pages.page(
                self.schemes().order_by("pk" if order == "ASC" else "-pk"),
                request,
                order_by=f"dateCreated,{order}",
                show=lambda rows: [shown.scheme(row) for row in rows],
            )
        )

    def create(self, request: Request) -> Response:
        """Make a scheme, as the recipe's step 2 does."""
        values = bodies.read_new(request.data, unit=self.unit)
        definition = CardDefinition(scheme=Scheme(unit=self.unit))
        return self._save(definition, values, status=201)

    def retrieve(self, request: Request, scheme_id: str) -> Response:
        """One scheme."""
        return Response(shown.scheme(self.scheme(scheme_id)))

    def update(self, request: Request, scheme_id: str) -> Response:
        """Replace a scheme by the whole of another body."""
        return self._change(self.scheme(scheme_id), request.data)

    def partial_update(self, request: Request, scheme_id: str) -> Response:
        """Change what the body names; a list is replaced as a whole."""
        definition = self.scheme(scheme_id)
        body = bodies.merged(shown.scheme(definition), request.data)
        return self._change(definition, body)

    def destroy(self, request: Request, scheme_id: str) -> Response:
        """Delete a scheme that nobody has an account of."""
        saving.remove(self.scheme(scheme_id))
        return Response(status=204)

    def calculate(self, request: Request, scheme_id: str) -> Response:
        """What an order of `totalTransactionValue` minor units would earn.

        The location is accepted and makes no difference: rates are the unit's.
        Source: Eagle Eye "Calculate points to be earned".
        """
        definition = self.scheme(scheme_id)
        amount = _amount(request.query_params.get("totalTransactionValue", ""))
        rate_name = request.query_params.get("rateName") or "default"
        # Nobody's card: what is earned depends on the rules alone.
        card = Card(definition=definition, member=Member(unit=self.unit))
        order = Order(reference="", amount=amount, rate_name=rate_name)
        points = points_earned(order, card=card)
        rule = definition.pending_rule
        return Response(
            {
                "schemeId": write_id(definition.pk),
                "totalTransactionValue": amount,
                "rateName": rate_name,
                "points": points,
                "isPending": policies.waits(rule=rule, points=points, amount=amount),
            }
        )

    def _change(self, definition: CardDefinition, body: Any) -> Response:
        now_shown = shown.scheme(definition)
        if body == now_shown:
            return Response(now_shown)
        values = bodies.read_change(body, shown=now_shown, definition=definition)
        return self._save(definition, values, expected_version=now_shown["version"])

    def _save(
        self,
        definition: CardDefinition,
        values: dict[str, Any],
        *,
        status: int = 200,
        **options: Any,
    ) -> Response:
        client: Any = client_of(self.request._request)  # let in by authentication
        saving.save(
            definition, values, actor=self.caller.actor, client=client.pk, **options
        )
        stored = self.scheme(write_id(definition.pk))
        return Response(shown.scheme(stored), status=status)


def _amount(text: str) -> int:
    """The money of an order, in minor units.

    :raises BadInput: if it is no whole number, or larger than there can be.
    """
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_AMOUNT:
        message = "Give the order's value in minor units, for example 12345."
        raise BadInput(message, field="totalTransactionValue")
    return int(text)
