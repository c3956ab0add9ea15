"""What a kind of job is to its runner: a function that does the next piece."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from transactions.models import Job


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one piece did. `position` is where the next one begins.

    finished: nothing is left.
    """

    position: int
    done: int = 0
    refused: int = 0
    points: int = 0
    finished: bool = False


# Called in a transaction with the job's row locked, and the moment of writing (aware).
StepFunction = Callable[[Job, datetime], Step]
