"""When configuration was made and changed, as its history remembers."""

from typing import Any, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

from schemes.models import CardDefinition, Scheme

Kept = TypeVar("Kept", Scheme, CardDefinition)


def dated(rows: QuerySet[Kept]) -> QuerySet[Kept]:
    """Programs or card definitions with two moments: `made_at` and `changed_at`.

    changed_at: None where nothing has been changed since it was made.
    """
    past = _past(rows.model, id=OuterRef("pk"))
    changes = past.exclude(history_type="+")
    return rows.annotate(made_at=_first(past), changed_at=_last(changes))


def dated_with_scheme(
    definitions: QuerySet[CardDefinition],
) -> QuerySet[CardDefinition]:
    """Definitions with `made_at`, and `changed_at` of the scheme around each.

    Whatever changes a definition or its rates gives its scheme another version.
    changed_at: that of the first version where there is no other.
    """
    return definitions.annotate(
        made_at=_first(_past(CardDefinition, id=OuterRef("pk"))),
        changed_at=_last(_past(Scheme, id=OuterRef("scheme"))),
    )


def with_assignment(definitions: QuerySet[CardDefinition]) -> QuerySet[CardDefinition]:
    """Definitions with `assigned_at`: since when each is in the program it is in."""
    past = _past(CardDefinition, id=OuterRef("pk"), scheme=OuterRef("scheme"))
    return definitions.annotate(assigned_at=_first(past))


def _past(model: type[Kept], **which: OuterRef) -> QuerySet[Any]:
    """The rows of a model's history that say this of it."""
    past: QuerySet[Model] = model.history.model.objects.filter(**which)
    return past


def _first(past: QuerySet[Any]) -> Subquery:
    return Subquery(past.order_by("history_id").values("history_date")[:1])


def _last(past: QuerySet[Any]) -> Subquery:
    return Subquery(past.order_by("-history_id").values("history_date")[:1])
