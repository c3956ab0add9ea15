"""The addresses of this door."""

from django.urls import include, path, re_path

from loyalty.doors.eagle_eye.base import Nowhere
from loyalty.doors.eagle_eye.views.schemes import SchemeViewSet
from loyalty.doors.eagle_eye.views.units import UnitViewSet

urlpatterns = [
    path(
        "schemes/points",
        SchemeViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path(
        "schemes/<str:scheme_id>",
        SchemeViewSet.as_view(
            {
                "get": "retrieve",
                "put": "update",
                "patch": "partial_update",
                "delete": "destroy",
            }
        ),
    ),
    path(
        "scheme/<str:scheme_id>/earn/calculate",
        SchemeViewSet.as_view({"get": "calculate"}),
    ),
    path("units/<str:unit_id>", UnitViewSet.as_view({"get": "retrieve"})),
    path("", include("loyalty.doors.eagle_eye.urls_wallets")),
    path("", include("loyalty.doors.eagle_eye.urls_connect")),
    # Everything else where Eagle Eye's clients call is said to be missing in its words.
    re_path(
        "^(?:schemes?|units|wallet|services|connect)(?:/|$)",
        Nowhere.as_view({"get": "http_method_not_allowed"}),
    ),
]
