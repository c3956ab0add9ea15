"""`make fuzz`: schemathesis against a server of its own, with all checks.

The server has a SQLite file of its own and a few rows, so that generated calls find
something to work on. Arguments go on to `schemathesis run`.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = "20"
# Not checked: of JSON that fits the schema the ledger still refuses much, for example
# an order that nobody placed; whether it should is what the other tests are for.
NOT_CHECKED = "positive_data_acceptance"


def main(arguments: list[str]) -> int:
    """Fuzz; answers the exit code of schemathesis, or 1 if the server logged an error."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            ENV_FILE="",
            DEBUG="true",
            SECRET_KEY="only-for-fuzzing",
            DATABASE_URL=f"sqlite:///{folder}/fuzz.sqlite3",
            CACHE_URL="",
            API_RATE_LIMIT="1000000",
            LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="loyalty.settings",
        )
        config = Path(folder, "schemathesis.toml")
        token = _prepare(config)
        port = _free_port()
        log = Path(folder, "log")
        with log.open("w") as output:
            server = subprocess.Popen(
                _gunicorn(port),
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
            try:
                code = _schemathesis(
                    port=port, token=token, config=config, arguments=arguments
                )
            finally:
                server.terminate()
                server.wait(timeout=10)
        return _with_errors_of(log, code=code)


def _prepare(config: Path) -> str:
    """Fill a new database and write its ids down; answers a client's token."""
    import django

    django.setup()
    # Django's own parts can be imported only now.
    from django.core.management import call_command

    call_command("migrate", verbosity=0)

    from loyalty.tests.program import make_program, make_spare

    program = make_program()
    spare = make_spare(program)
    # The last rule that fits counts: what ends something is called on the spare.
    rules = [
        *_rules(program.card, verbs="[a-z-]+"),
        *_rules(spare, verbs="(block|close|deactivate)"),
    ]
    config.write_text("".join(rules))
    return str(program.token)


def _rules(card: Any, *, verbs: str) -> Iterator[str]:
    """What tells schemathesis the ids of rows that exist."""
    rows = {
        "cards": card,
        "members": card.member,
        "schemes": card.definition.scheme,
        "card-definitions": card.definition,
        "buckets": card.buckets.first(),
        "transactions": card.transactions.filter(points__lt=0).first(),
    }
    for name, row in rows.items():
        if row is not None:
            yield (
                f"[[operations]]\n"
                f'include-path-regex = "/{name}/[^/]+/({verbs}/)?$"\n'
                f'parameters = {{ "path.uuid" = "{row.uuid}" }}\n'
            )


def _schemathesis(*, port: int, token: str, config: Path, arguments: list[str]) -> int:
    program = Path(sys.executable).parent / "schemathesis"
    return subprocess.call(
        [
            str(program),
            f"--config-file={config}",
            "run",
            f"http://127.0.0.1:{port}/api/openapi.yaml",
            "--wait-for-schema=30",
            f"--header=Authorization: Bearer {token}",
            "--checks=all",
            f"--exclude-checks={NOT_CHECKED}",
            "--suppress-health-check=all",
            *(
                arguments
                or [f"--max-examples={EXAMPLES}", "--generation-deterministic"]
            ),
        ],
        cwd=ROOT,
    )


def _with_errors_of(log: Path, *, code: int) -> int:
    """The exit code; 1 if the server's log tells of a crash, which is then printed."""
    text = log.read_text()
    if "Traceback" not in text:
        return code
    sys.stderr.write(text[-20_000:])
    return 1


def _gunicorn(port: int) -> list[str]:
    address = f"127.0.0.1:{port}"
    own_settings = ["--config", "gunicorn.conf.py", "--bind", address]
    return [sys.executable, "-m", "gunicorn", *own_settings, "loyalty.wsgi"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
