"""What the API views of every app share: the caller's own rows, found by their uuids."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from loyalty.errors import BadInput, NotFound
from schemes.models import Unit

ALWAYS_ALLOWED = {"unit", "format"}


class StrictParameters(GenericViewSet[Any]):
    """A view that refuses query parameters which nothing would look at.

    scope_resource: what the scopes of reading and writing begin with.
    """

    scope_resource: str

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a query parameter that nothing would look at."""
        super().initial(request, *args, **kwargs)
        if not self.action:
            return  # there is no such method, which is told next
        unknown = set(request.query_params) - ALWAYS_ALLOWED - self.known_parameters()
        for name in sorted(unknown):
            raise BadInput("There is no such parameter.", field=name)
        # An empty filter would quietly find everything.
        for name in sorted(set(request.query_params) - {"search"}):
            if not request.query_params[name]:
                raise BadInput("The parameter is empty.", field=name)
        texts = (*request.query_params.values(), *map(str, self.kwargs.values()))
        if any("\x00" in text for text in texts):
            raise BadInput("The address contains a NUL character.")
        # Staff choose a unit; a program has one, and is told if it means another.
        if request.query_params.get("unit") not in (
            None,
            self.unit.incoming_identifier,
        ):
            raise BadInput("The caller is of another unit.", field="unit")

    def known_parameters(self) -> set[str]:
        """The query parameters of this request's action."""
        if self.action != "list":
            return set()
        filters = getattr(self, "filterset_class", None)
        names = set(filters.base_filters) if filters else set()
        if getattr(self, "search_fields", None):
            names.add("search")
        if getattr(self, "ordering_fields", None):
            names.add("ordering")
        return names | {"cursor", "limit"}

    @property
    def unit(self) -> Unit:
        """The caller's unit."""
        unit: Unit = self.request.auth.unit  # type: ignore[union-attr]  # a Caller
        return unit


class OwnRows(StrictParameters):
    """Rows of the caller's unit; those of another do not exist.

    unit_path: the lookup from the model to its unit.
    """

    unit_path: str
    lookup_field = "uuid"
    lookup_value_regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def get_queryset(self) -> QuerySet[Any]:
        """The caller's rows."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(**{self.unit_path: self.unit.pk})

    def get_object(self) -> Any:
        """The row of the address.

        :raises NotFound: if the caller's unit has none.
        """
        return self.own(self.get_queryset(), self.kwargs["uuid"], field="")

    def own(self, rows: QuerySet[Any], uuid: str | UUID, *, field: str) -> Any:
        """The row of this uuid among the caller's.

        :raises NotFound: if there is none; `field` is where it was named.
        """
        kind = rows.model._meta.verbose_name
        try:
            key = UUID(str(uuid))
        except ValueError as error:
            raise NotFound(f'"{uuid}" is no id.', field=field) from error
        row = rows.filter(uuid=key).first()
        if row is None:
            raise NotFound(
                f"There is no {kind} {uuid}.",
                field=field,
                resource_id=str(uuid),
                resource_type=str(kind).replace(" ", "_"),
            )
        return row

    @property
    def actor(self) -> str:
        """The caller, as transactions remember it."""
        actor: str = self.request.auth.actor  # type: ignore[union-attr]  # a Caller
        return actor

    def signed(self, instance: Any) -> Any:
        """The instance, whose history will name the caller."""
        instance._change_reason = self.actor
        return instance

    @property
    def now(self) -> datetime:
        """The moment of this request: views read the clock, the domain does not."""
        if not hasattr(self, "_now"):
            self._now: datetime = timezone.now()
        return self._now


def expected_version(request: Request) -> int | None:
    """The version that the caller has seen, from `If-Match`; None where it says none.

    :raises BadInput: if the header is not a version.
    """
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    digits = text.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise BadInput(f"{text} is not a version.", field="If-Match")
    return int(digits)
