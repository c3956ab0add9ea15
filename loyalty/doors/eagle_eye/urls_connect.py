"""The addresses of the till: POS Connect."""

from django.urls import path

from loyalty.doors.eagle_eye.views.connect_baskets import BasketViewSet
from loyalty.doors.eagle_eye.views.connect_spends import SpendViewSet

spend = SpendViewSet.as_view({"post": "spend"})

urlpatterns = [
    path("connect/wallet/open", BasketViewSet.as_view({"post": "open"})),
    path("connect/wallet/settle", BasketViewSet.as_view({"post": "settle"})),
    path("connect/wallet/refund", BasketViewSet.as_view({"post": "refund"})),
    path("connect/wallet/spend", spend),
    path("connect/wallet/spend/spend", spend),
    path("connect/wallet/spend/calculate", SpendViewSet.as_view({"post": "calculate"})),
    path("connect/wallet/spend/void", SpendViewSet.as_view({"post": "void"})),
]
