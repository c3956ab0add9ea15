"""The API of cards, buckets, transactions, orders, batches and sweep runs."""

from transactions.views.batch import BatchView
from transactions.views.buckets import BucketViewSet
from transactions.views.cards import CardViewSet
from transactions.views.orders import OrderViewSet
from transactions.views.runs import SweepRunViewSet
from transactions.views.transactions import TransactionViewSet

__all__ = [
    "BatchView",
    "BucketViewSet",
    "CardViewSet",
    "OrderViewSet",
    "SweepRunViewSet",
    "TransactionViewSet",
]
