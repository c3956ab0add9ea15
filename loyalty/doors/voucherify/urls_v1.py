"""The addresses of this door that are still of its first version: paid orders."""

from django.urls import path, re_path

from loyalty.doors.voucherify.base import Nowhere
from loyalty.doors.voucherify.views.orders import OrderViewSet

urlpatterns = [
    path("orders", OrderViewSet.as_view({"post": "create"})),
    # A shop's own number may have a slash in it, but does not end with one.
    re_path(r"^orders/(?P<order_id>.*[^/])\Z", OrderViewSet.as_view({"put": "update"})),
    re_path("", Nowhere.as_view({"get": "http_method_not_allowed"})),
]
