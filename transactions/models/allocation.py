"""The allocation: how much one transaction drew from one bucket."""

from django.db import models
from django.db.models import Q

from transactions.models.bucket import Bucket
from transactions.models.transaction import Transaction


class Allocation(models.Model):
    """Points that a debit drew from a bucket; negative where a return put them back."""

    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.PROTECT,
        related_name="allocations",
        db_index=False,  # the unique constraint below begins with it
    )
    bucket = models.ForeignKey(
        Bucket, on_delete=models.PROTECT, related_name="allocations"
    )
    points = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "bucket"], name="allocation_one_per_bucket"
            ),
            models.CheckConstraint(
                condition=~Q(points=0), name="allocation_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} points of bucket {self.bucket_id} (allocation {self.pk})"
