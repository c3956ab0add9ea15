"""Where each door stands: at the addresses that the vendor's own clients call."""

from django.urls import include, path, re_path

from loyalty.doors.eagle_eye.base import Nowhere as EagleEyeNowhere
from loyalty.doors.voucherify.base import Nowhere as VoucherifyNowhere

urlpatterns = [
    path("v1/", include("loyalty.doors.voucherify.urls_v1")),
    path("v2/loyalties/", include("loyalty.doors.voucherify.urls")),
    path("api/v3/", include("loyalty.doors.engage.urls")),
    # Eagle Eye's wallets and till have the prefix on their own hosts, its schemes not.
    path("", include("loyalty.doors.eagle_eye.urls")),
    path("2.0/", include("loyalty.doors.eagle_eye.urls")),
    # What is not spoken there is missing in that API's words.
    re_path("^v2/", VoucherifyNowhere.as_view({"get": "http_method_not_allowed"})),
    re_path(r"^2\.0/", EagleEyeNowhere.as_view({"get": "http_method_not_allowed"})),
]
