"""What a vendor's API keeps with an object and no rule of ours ever reads."""

from typing import Any

from django.db import models


class DoorFields(models.JSONField):
    """The fields of other vendors' APIs, under each door's name.

    A client of such an API gets back what it sent, for example the text for its
    printer: {"eagle_eye": {"printerMessage": "Thank you"}}.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(
            *args, **{"default": dict, "blank": True, "editable": False, **options}
        )
