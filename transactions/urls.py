"""The addresses of cards, buckets, transactions, orders and batches under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from transactions import views

router = SimpleRouter()
router.register("cards", views.CardViewSet)
router.register("buckets", views.BucketViewSet)
router.register("transactions", views.TransactionViewSet)
router.register("sweep-runs", views.SweepRunViewSet)

ORDER = "orders/<path:order_reference>"
urlpatterns = [
    path("batch/", views.BatchView.as_view({"post": "create"}), name="batch"),
    *(
        path(
            f"{ORDER}/{verb}/",
            views.OrderViewSet.as_view({"post": verb}),
            name=f"order-{verb}",
        )
        for verb in ("refund", "activate", "cancel")
    ),
    *router.urls,
]
