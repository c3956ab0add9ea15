"""Every address of the site, in one table."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from loyalty.admin import find, refused
from loyalty.api import errors, health

API_V1 = [
    path("", include("schemes.urls")),
    path("", include("accounts.urls")),
    path("", include("transactions.urls")),
]


def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, for pages that name none: browsers ask for it there by themselves."""
    return redirect(static("loyalty/favicon.svg"))


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="root"),
    path("admin/find/", admin.site.admin_view(find.find_page), name="find"),
    # In place of unfold's own, which remembers what it found.
    path("admin/search/", admin.site.admin_view(find.palette)),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(API_V1)),
    path("api/openapi.yaml", SpectacularAPIView.as_view(), name="openapi"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="openapi"), name="docs"),
    path("", include("loyalty.doors.urls")),
    re_path("^api/", errors.not_found),  # JSON also where DEBUG would show a page
    path("favicon.ico", favicon),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """JSON for programs, a page for staff."""
    if not request.path.startswith("/admin/"):
        return errors.bad_request(request)
    return refused.bad_request(request, exception)


handler403 = refused.forbidden


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """JSON under /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return errors.not_found(request, exception)
    return refused.not_found(request, exception)


def handler500(request: HttpRequest, *args: Any) -> HttpResponse:
    """JSON for programs, a page for staff."""
    if not request.path.startswith("/admin/"):
        return errors.server_error(request)
    return refused.failed(request)
