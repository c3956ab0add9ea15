"""Whose rows the staff see: those of the units they work for; superusers see all."""

from typing import Any, TypeVar

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import (
    Exists,
    Model,
    OuterRef,
    Q,
    QuerySet,
    prefetch_related_objects,
)

from schemes.models import Unit

Row = TypeVar("Row", bound=Model)
User = AbstractUser | AnonymousUser


def rows_for(user: User, rows: QuerySet[Row], *, unit_path: str) -> QuerySet[Row]:
    """Those of the rows that belong to a unit the user works for.

    The units are named to PostgreSQL one by one: of a subquery it could not tell
    whether nearly all rows are the user's or nearly none, and would sort millions of
    them to show fifty. SQLite, which knows neither, is asked of row after row: a join
    would begin at the unit. Who works for all units, as everybody does where there is
    but one, is asked for nothing.

    :param unit_path: how a row leads to its unit, for example "card__member__unit".
    """
    if user.is_superuser or _works_for_all(user):
        return rows
    owner_path, _, unit = unit_path.rpartition("__")
    of_own_unit = Q(**{f"{unit}__in": _unit_ids(user)})
    if not owner_path:
        return rows.filter(of_own_unit)
    owner: Any = rows.model
    for name in owner_path.split("__"):
        owner = owner._meta.get_field(name).related_model
    owners = owner._default_manager.filter(of_own_unit, pk=OuterRef(owner_path))
    return rows.filter(Exists(owners))


def units_of(user: User) -> QuerySet[Unit]:
    """The units the user works for."""
    return rows_for(user, Unit.objects.all(), unit_path="pk")


def _unit_ids(user: Any) -> list[int]:
    """The keys of those units, read once for each request, as its user is."""
    if not user.is_authenticated:
        return []
    prefetch_related_objects([user], "unit_accesses")
    return [each.unit_id for each in user.unit_accesses.all()]


def _works_for_all(user: Any) -> bool:
    """Whether there is no other unit than the user's; also read once."""
    if not hasattr(user, "works_for_all_units"):
        own = _unit_ids(user)
        others = Unit.objects.exclude(pk__in=own)
        user.works_for_all_units = bool(own) and not others.exists()
    return bool(user.works_for_all_units)
