"""What keeps the admin pages of every app to the units their reader works for."""

from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.http import Http404
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    RelatedDropdownFilter,
)

from schemes import access

# Pages of Django's own, which look their row up in `get_queryset` themselves.
LOOKED_UP = ("_change", "_delete", "_history")


class OwnChoices:
    """For pages and inlines: a form offers and takes only rows of the reader's units."""

    admin_site: Any

    def get_field_queryset(self, db, db_field, request):
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]  # of Django's class beside it
        return own_choices(self, request, db_field.remote_field.model, rows)


class UnitPage(OwnChoices):
    """A page of rows that belong to a unit. Each such page says how they do.

    Rows of other units are, to whoever does not work for those, as if they were not
    there: in lists, searches, choices and filters, on pages, in actions, and at every
    further address of the page that has an `object_id`.
    """

    # How a row leads to its unit, for example "card__member__unit"; "pk" for a unit
    # itself. None: rows of no unit, which whoever may see them all sees alike.
    unit_path: str | None

    def get_queryset(self, request):
        """The rows that the reader may see; start here to find one by its key."""
        return self.own_rows(request, super().get_queryset(request))  # type: ignore[misc]  # of Django's class beside it

    def own_rows(self, request, rows):
        """Those of the rows of this page's model that are of the reader's units."""
        if self.unit_path is None:
            return rows
        return access.rows_for(request.user, rows, unit_path=self.unit_path)

    def own_or_404(self, request, object_id):
        """The row with this key.

        :raises Http404: if there is none, or it is another unit's.
        """
        try:
            return self.get_queryset(request).get(pk=unquote(str(object_id)))
        except (self.model.DoesNotExist, ValueError, ValidationError) as error:  # type: ignore[attr-defined]  # of Django's class beside it
            raise Http404 from error

    def get_urls(self):
        """Django's addresses, and those of actions, closed to other units' rows."""
        patterns = super().get_urls()  # type: ignore[misc]  # of Django's class beside it
        for pattern in patterns:
            named = pattern.name or ""
            takes_a_row = "object_id" in pattern.pattern.converters
            if named and takes_a_row and not named.endswith(LOOKED_UP):
                pattern.callback = self._of_own_row(pattern.callback)
        return patterns

    def _of_own_row(self, view):
        @wraps(view)
        def closed(request, *arguments, **named):
            # Strangers are sent to the log-in by the view itself.
            if self.admin_site.has_permission(request):
                self.own_or_404(request, named["object_id"])
            return view(request, *arguments, **named)

        return closed


def own_choices(page, request, model, rows=None):
    """Rows of a model as choices on a page: those of the reader's units.

    :param rows: from which to choose; None: from all. None comes back where nothing
        limits the choice, as Django wants it.
    """
    related = page.admin_site._registry.get(model)
    if not isinstance(related, UnitPage):
        return rows
    return related.own_rows(
        request, model._default_manager.all() if rows is None else rows
    )


class OwnRelatedFilter(RelatedDropdownFilter):
    """A filter by a related row, which offers those of the reader's units."""

    def field_choices(self, field, request, model_admin):
        model = field.remote_field.model
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = own_choices(model_admin, request, model, model._default_manager.all())
        return [(row.pk, str(row)) for row in rows.order_by(*ordering)]


class OwnAutocompleteFilter(AutocompleteSelectFilter):
    """A filter by one of many related rows, which names none of another unit."""

    def choices(self, changelist):
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            field.queryset = own_choices(
                self.model_admin, self.request, field.queryset.model, field.queryset
            )
            yield choice
