"""The addresses of wallets, their identities and accounts."""

from typing import Any

from django.urls import path

from loyalty.doors.eagle_eye.views.accounts import AccountViewSet
from loyalty.doors.eagle_eye.views.identities import STATUSES as IDENTITY_STATUSES
from loyalty.doors.eagle_eye.views.identities import IdentityViewSet
from loyalty.doors.eagle_eye.views.points import HistoryViewSet, PointsViewSet
from loyalty.doors.eagle_eye.views.services import BackendPointsViewSet, ServiceViewSet
from loyalty.doors.eagle_eye.views.wallets import STATUSES, WalletViewSet
from loyalty.doors.eagle_eye.wallets import ACCOUNT_VERBS

WALLET = "wallet/<str:wallet_id>"
IDENTITY = f"{WALLET}/identity/<str:identity_id>"
ACCOUNT = f"{WALLET}/account/<str:account_id>"
SERVICE = "services/wallet"

CHANGE_STATUS: dict[str, Any] = {"patch": "change_status"}
CHANGE_STATE: dict[str, Any] = {"patch": "change_state"}
ONE: dict[str, Any] = {
    "get": "retrieve",
    "patch": "partial_update",
    "delete": "destroy",
}

wallets = [
    path("wallet", WalletViewSet.as_view({"get": "find", "post": "create"})),
    path("wallet/accounts", AccountViewSet.as_view({"get": "find"})),
    path(SERVICE, WalletViewSet.as_view({"post": "create_whole"})),
    path(
        f"{SERVICE}/accounts",
        WalletViewSet.as_view({"post": "create_with_accounts"}),
    ),
    path(WALLET, WalletViewSet.as_view(ONE)),
    path(f"{WALLET}/state", WalletViewSet.as_view(CHANGE_STATE)),
    *(
        path(f"{WALLET}/{verb}", WalletViewSet.as_view(CHANGE_STATUS), {"verb": verb})
        for verb in STATUSES
    ),
]

identities = [
    path(f"{WALLET}/identities", IdentityViewSet.as_view({"get": "list"})),
    path(f"{WALLET}/identity", IdentityViewSet.as_view({"post": "create"})),
    path(IDENTITY, IdentityViewSet.as_view(ONE)),
    path(f"{IDENTITY}/state", IdentityViewSet.as_view(CHANGE_STATE)),
    *(
        path(
            f"{IDENTITY}/{verb}", IdentityViewSet.as_view(CHANGE_STATUS), {"verb": verb}
        )
        for verb in IDENTITY_STATUSES
    ),
]

accounts = [
    path(f"{WALLET}/accounts", AccountViewSet.as_view({"get": "list"})),
    path(
        f"{WALLET}/scheme/<str:scheme_id>/account",
        AccountViewSet.as_view({"post": "create"}),
    ),
    path(ACCOUNT, AccountViewSet.as_view({"get": "retrieve"})),
    path(f"{ACCOUNT}/state", AccountViewSet.as_view(CHANGE_STATE)),
    *(
        path(f"{ACCOUNT}/{verb}", AccountViewSet.as_view(CHANGE_STATUS), {"verb": verb})
        for verb in ACCOUNT_VERBS
    ),
]

points = [
    path(f"{ACCOUNT}/transactions", HistoryViewSet.as_view({"get": "list"})),
    path(f"{ACCOUNT}/points/available", HistoryViewSet.as_view({"get": "available"})),
    *(
        path(f"{ACCOUNT}/{verb}", PointsViewSet.as_view({"patch": verb}))
        for verb in ("earn", "credit", "goodwill", "debit", "spend", "refund")
    ),
    path(
        f"{ACCOUNT}/transaction/<str:transaction_id>/void",
        PointsViewSet.as_view({"patch": "void"}),
    ),
    path(f"{SERVICE}/backendpoints", BackendPointsViewSet.as_view({"post": "create"})),
    path(f"{SERVICE}/<str:wallet_id>", WalletViewSet.as_view({"delete": "destroy"})),
    *(
        path(
            f"{SERVICE}/<str:wallet_id>/transaction/{verb}",
            ServiceViewSet.as_view({"post": verb}),
        )
        for verb in ("credit", "debit", "goodwill")
    ),
]

urlpatterns = [*wallets, *identities, *accounts, *points]
