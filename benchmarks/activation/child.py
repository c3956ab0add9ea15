"""What runs in a child process: one job of the measure, told by its name.

It prints one line of JSON. Only the jobs that need Django load it.
"""

import json
import os
import sys
from typing import Any

from benchmarks.processes import peak_memory


def main(job: str, *numbers: str) -> dict[str, Any]:
    """Do one job on the database at DATABASE_URL."""
    if job == "by_hand":
        from benchmarks.activation.by_hand import by_hand

        return {"seconds": by_hand(os.environ["DATABASE_URL"])}
    return _with_django(job, [int(number) for number in numbers])


def _with_django(job: str, numbers: list[int]) -> dict[str, Any]:
    # Here, not above: what is imported counts as memory of whoever imports it.
    import django

    django.setup()
    if job in {"sweep", "loop", "statements"}:
        from benchmarks.activation import by_django

        if job == "statements":
            return {"statements": by_django.statements_in_a_batch()}
        if job == "loop":
            return {"seconds": by_django.loop(count=numbers[0])}
        return {"seconds": by_django.sweep()}
    if job == "outcome":
        from benchmarks.activation.outcome import outcome

        return outcome()
    from benchmarks.activation.data import build

    build(buckets=numbers[0], cards=numbers[1])
    return {}


if __name__ == "__main__":
    answer = main(*sys.argv[1:])
    print(json.dumps({**answer, "memory": peak_memory()}))
