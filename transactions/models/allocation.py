"""The allocation: how much one transaction drew from one bucket."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from transactions.models.bucket import Bucket
from transactions.models.transaction import Transaction


class Allocation(models.Model):
    """Points that a debit drew from a bucket; negative where a return put them back."""

    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        on_delete=models.PROTECT,
        related_name="allocations",
        db_index=False,  # the unique constraint below begins with it
    )
    bucket = models.ForeignKey(
        Bucket,
        verbose_name=_("bucket"),
        on_delete=models.PROTECT,
        related_name="allocations",
    )
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "bucket"], name="allocation_one_per_bucket"
            ),
            models.CheckConstraint(
                condition=~Q(points=0), name="allocation_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(points)s points of bucket %(bucket)s (allocation %(id)s)") % {
            "points": self.points,
            "bucket": self.bucket_id,
            "id": self.pk,
        }
