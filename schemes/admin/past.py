"""The history page of schemes and definitions: one story of a scheme and its rules."""

from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from schemes import changes
from schemes.admin.parts import HistoryPage
from schemes.models import Scheme

PER_PAGE = 25


class PastPage(HistoryPage):
    """The history of a scheme with its definitions and rates, version by version.

    A definition shows its scheme's: their rules are changed and versioned together.
    """

    def history_view(self, request, object_id, extra_context=None):
        scheme_id = self._scheme_id(request, object_id)
        if not self.has_view_history_or_change_history_permission(request):
            raise PermissionDenied
        rows = changes.history_of(scheme_id)
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        if not page.object_list:
            raise Http404
        last = rows[0]
        zone = Scheme(time_zone=last.time_zone).zone
        versions = changes.versions(scheme_id, rows=list(page.object_list))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s and its rules") % {"name": last.name},
            "opts": self.opts,
            "original": None,
            "zone": zone,
            "versions": versions,
            "page_obj": page,
            "page_var": PAGE_VAR,
            **(extra_context or {}),
        }
        return render(request, "schemes/history.html", context)

    def _scheme_id(self, request, object_id):
        """The scheme whose past is asked for; of what is gone, for superusers alone."""
        if not request.user.is_superuser:
            return self.scheme_id_of(self.own_or_404(request, object_id))
        try:
            row = self.model.history.filter(id=object_id).latest()
        except (self.model.history.model.DoesNotExist, ValueError) as error:
            raise Http404 from error
        return self.scheme_id_of(row)

    def scheme_id_of(self, row):
        """The key of the scheme that a row, or a row of its history, is of."""
        return row.id if self.model is Scheme else row.scheme_id
