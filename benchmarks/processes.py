"""Child processes: what is measured runs in one of its own, so its memory is its own."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# As in production: with DEBUG, Django would remember every statement.
ENVIRONMENT = {
    "ENV_FILE": "",
    "DEBUG": "false",
    "SECRET_KEY": "only-for-the-benchmarks",
    "ALLOWED_HOSTS": "localhost",
    "CELERY_BROKER_URL": "",
    "CACHE_URL": "",
    "DATABASE_POOL_SIZE": "0",
    "LOG_LEVEL": "WARNING",
    "DJANGO_SETTINGS_MODULE": "loyalty.settings",
}


class ChildFailed(Exception):
    """A child process ended with an error; its output tells which."""


def run_child(module: str, *arguments: object, database_url: str) -> dict[str, Any]:
    """Run `python -m module` on a database; answers the JSON that it prints last."""
    done = subprocess.run(  # noqa: S603 - our own module, and no shell
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChildFailed(f"{module} {arguments}:\n{done.stdout}{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_memory() -> int:
    """The most memory this process has had, in bytes (resident, with its libraries).

    Where Linux tells it, not by `getrusage`: there a child begins with the peak of
    the process that started it.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return next(
        int(line.split()[1]) * 1024
        for line in status.splitlines()
        if line.startswith("VmHWM:")
    )
