"""Rows of the API's own plumbing: the answers that retries get again."""

from django.db import models


class IdempotentAnswer(models.Model):
    """The first answer to a request that came with an `Idempotency-Key`.

    Written in the database transaction of what the request did, so that one is never
    there without the other.
    """

    caller = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    digest = models.CharField(
        max_length=64, help_text="Of method, address and body, to tell another request."
    )
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    location = models.CharField(max_length=500, blank=True)
    etag = models.CharField(max_length=50, blank=True, default="")
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "key"], name="idempotent_answer_unique_for_caller"
            ),
        ]
        indexes = [
            # Serves forgetting what is old.
            models.Index(fields=["created_at"], name="idempotent_answer_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller} (answer {self.pk})"
