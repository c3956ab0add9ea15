"""Searching and ordering of lists: only where a view offers it, and as it offers it."""

from typing import Any

from rest_framework import filters
from rest_framework.request import Request

from loyalty.errors import BadInput


class Search(filters.SearchFilter):
    """`?search=`, documented where the view names its `search_fields`."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter, for the OpenAPI document."""
        if not getattr(view, "search_fields", None):
            return []
        return list(super().get_schema_operation_parameters(view))


class Ordering(filters.OrderingFilter):
    """`?ordering=`, by one of the view's `ordering_fields`."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        """The ordering that is asked for, or that of the list.

        :raises BadInput: if the list has no such ordering.
        """
        asked = request.query_params.get(self.ordering_param)
        if asked is None:
            return self.get_default_ordering(view)
        if asked not in _orderings(view):
            choices = ", ".join(_orderings(view))
            raise BadInput(f"Use one of {choices}.", field=self.ordering_param)
        within = getattr(view, "ordering_within", ())
        bounded = not within or any(name in request.query_params for name in within)
        if not bounded and asked.lstrip("-") != "id":
            # All rows of the unit would have to be sorted for each page.
            raise BadInput(
                f"Name a {' or '.join(within)} to order by {asked}.",
                field=self.ordering_param,
            )
        return [asked]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter with its choices, for the OpenAPI document."""
        orderings = _orderings(view)
        if not orderings:
            return []
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "required": False,
                "description": _about(view),
                "schema": {"type": "string", "enum": orderings},
            }
        ]


def _about(view: Any) -> str:
    about = "In which order; `-` turns it round."
    if within := getattr(view, "ordering_within", ()):
        about += f" Other than by id only within a {' or '.join(within)}."
    return about


def _orderings(view: Any) -> list[str]:
    names = getattr(view, "ordering_fields", None) or ()
    return [sign + name for name in names for sign in ("", "-")]
