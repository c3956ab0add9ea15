"""The addresses of this door, under /api/v3/."""

from django.urls import path

from loyalty.doors.engage import views

ACCOUNTS = "point-accounts"

urlpatterns = [
    path(ACCOUNTS, views.AccountViewSet.as_view({"get": "list"})),
    path(f"{ACCOUNTS}/definitions", views.DefinitionViewSet.as_view({"get": "list"})),
    path(
        f"{ACCOUNTS}/definitions/<str:definition_id>",
        views.DefinitionViewSet.as_view({"get": "retrieve"}),
    ),
    path(
        f"{ACCOUNTS}/transactions",
        views.TransactionViewSet.as_view({"post": "create"}),
    ),
    # After the words above, which are no ids.
    path(
        f"{ACCOUNTS}/<str:account_id>",
        views.AccountViewSet.as_view({"get": "retrieve"}),
    ),
    path(
        "point-transactions",
        views.TransactionViewSet.as_view({"get": "list"}),
        name="engage-point-transactions",
    ),
]
