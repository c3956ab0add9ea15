"""The addresses of this door."""

from django.urls import include, path, re_path

from loyalty.doors.voucherify.base import Nowhere
from loyalty.doors.voucherify.views.expiring_points import ExpiringPointsViewSet
from loyalty.doors.voucherify.views.pending_points import (
    ActivationViewSet,
    CancellationViewSet,
    PendingPointsViewSet,
)
from loyalty.doors.voucherify.views.transactions import TransactionsViewSet

CARD = [
    path("points", TransactionsViewSet.as_view({"post": "adjust"})),
    path("transactions", TransactionsViewSet.as_view({"get": "list"})),
    path("pending-points", PendingPointsViewSet.as_view({"get": "list"})),
    path(
        "pending-points/<str:bucket_id>/activate",
        ActivationViewSet.as_view({"post": "create"}),
    ),
    path(
        "pending-points/<str:bucket_id>/cancel",
        CancellationViewSet.as_view({"post": "create"}),
    ),
    path("expiring-points", ExpiringPointsViewSet.as_view({"get": "list"})),
    path(
        "expiring-points/<str:bucket_id>/expire",
        ExpiringPointsViewSet.as_view({"post": "expire"}),
    ),
]

urlpatterns = [
    path("", include("loyalty.doors.voucherify.urls_programs")),
    path(
        "programs/<str:program_id>/members/<str:member_id>/cards/<str:card_id>/",
        include(CARD),
    ),
    # It refuses before it looks at the method.
    re_path("", Nowhere.as_view({"get": "http_method_not_allowed"})),
]
