"""What staff see in place of a page that is not there, not theirs, or has failed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent makes no sense: a cut link, or a form of another program."""
    return _page(
        request,
        status=400,
        title=_("This could not be read"),
        text=_("The address or the form is not as the pages here send them."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page is there, for other roles."""
    return _page(
        request,
        status=403,
        title=_("Not for your role"),
        text=_(
            "Your role does not allow this. If your work needs it, ask an "
            "administrator for another role."
        ),
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form lacks the token of this log-in: Django's check against forged forms."""
    return _page(
        request,
        status=403,
        title=_("This form is out of date"),
        text=_(
            "You have logged in or out since it was opened, or your browser keeps no "
            "cookies. Nothing was done. Open the page again and send it from there."
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing is at this address, or nothing of the reader's units."""
    return _page(
        request,
        status=404,
        title=_("Not found"),
        text=_(
            "Nothing is at this address, or it belongs to a unit that you do not work "
            "for. The field above the menu finds customers, orders and transactions."
        ),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of the program. The page asks nothing of it, so that it cannot fail too."""
    return render(None, "admin/failed.html", status=500)


def _page(request: HttpRequest, *, status: int, **told: str) -> HttpResponse:
    # Strangers have no menu, and are led to the log-in.
    knows = admin.site.has_permission(request)
    layout = "admin/base_site.html" if knows else "unfold/layouts/unauthenticated.html"
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        **told,
        "layout": layout,
    }
    return render(request, "admin/refused.html", context, status=status)
