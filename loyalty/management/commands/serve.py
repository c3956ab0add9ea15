"""`manage.py serve`: the web server and the worker beside it, until Ctrl-C."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

# gunicorn gives requests 30 seconds to finish; what is then still there is killed.
SECONDS_TO_STOP = 35
SECONDS_BETWEEN_LOOKS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the web server and the worker beside it, until Ctrl-C."
    # `make run` has checked already; `--check-port` must answer at once.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--check-port",
            action="store_true",
            help="only say whether the port is free: exit code 0 if it is, else 1",
        )
        parser.add_argument(
            "--log-in", default="", help="what to print beside the address"
        )

    def handle(
        self, *, host: str, port: int, check_port: bool, log_in: str, **options: Any
    ) -> None:
        if problem := port_problem(host=host, port=port):
            self._refuse(problem)
        if check_port:
            return
        if problem := static_files_problem():
            self._refuse(problem)
        sys.exit(self._serve(host=host, port=port, log_in=log_in))

    def _refuse(self, problem: str) -> None:
        self.stderr.write(problem)
        sys.exit(1)

    def _serve(self, *, host: str, port: int, log_in: str) -> int:
        stopping: list[int] = []

        def stop(number: int, frame: FrameType | None) -> None:
            stopping.append(number)

        for number in STOP_SIGNALS:
            signal.signal(number, stop)
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name, command in commands(host=host, port=port).items():
                # In a session of its own: Ctrl-C reaches this process only, which then
                # stops the others in order.
                children[name] = subprocess.Popen(
                    command,
                    cwd=settings.BASE_DIR,
                    # The web server leaves what is requested to the worker.
                    env={**os.environ, "WORKER": "true"},
                    start_new_session=True,
                )
            announced = False
            while not stopping:
                if dead := first_dead(children):
                    self.stderr.write(f"The {dead} stopped; so does the rest.")
                    return 1
                if not announced and answers(host=host, port=port):
                    self._announce(host=host, port=port, log_in=log_in)
                    announced = True
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            stop_all(list(children.values()))
        self.stdout.write("Stopped.")
        return 0

    def _announce(self, *, host: str, port: int, log_in: str) -> None:
        self.stdout.write(f"Loyalty is at http://{authority(host=host, port=port)}/")
        if log_in:
            self.stdout.write(f"Log in as {log_in}")
        if settings.CELERY_BROKER_URL:
            self.stdout.write("CELERY_BROKER_URL is set: Celery does the waiting work.")
        self.stdout.write("Stop with Ctrl-C.")
        self.stdout.flush()


def commands(*, host: str, port: int) -> dict[str, list[str]]:
    """Return what to start, by the name it has in messages."""
    base = Path(settings.BASE_DIR)
    web = [sys.executable, "-m", "gunicorn", "--config", str(base / "gunicorn.conf.py")]
    web += ["--bind", authority(host=host, port=port), "--log-level", "warning"]
    found = {"web server": [*web, "loyalty.wsgi"]}
    if not settings.CELERY_BROKER_URL:
        found["worker"] = [sys.executable, str(base / "manage.py"), "work"]
    return found


def port_problem(*, host: str, port: int) -> str:
    """Return why nothing can listen there, in one line, or an empty text."""
    if not 0 < port < 65536:
        return f"{port} is not a port: choose a number from 1 to 65535."
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            # As gunicorn does: a port that was closed a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} on {host} is taken. Stop what uses it, or choose another: "
                f"make run PORT={port + 1}"
            )
        return f"Cannot listen on {host}, port {port}: {error.strerror or error}."
    return ""


def static_files_problem() -> str:
    """Return why no page could be shown, or an empty text."""
    if settings.DEBUG or (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return ""
    return "Static files are missing. First run: manage.py collectstatic --no-input"


def authority(*, host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def answers(*, host: str, port: int) -> bool:
    # An address that means "every interface" cannot be connected to everywhere.
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        socket.create_connection((target, port), timeout=1).close()
    except OSError:
        return False
    return True


def first_dead(children: dict[str, "subprocess.Popen[bytes]"]) -> str:
    """Return which child ended, and how, or an empty text while all of them run."""
    for name, child in children.items():
        if (code := child.poll()) is not None:
            return f"{name} (exit code {code})"
    return ""


def stop_all(children: list["subprocess.Popen[bytes]"]) -> None:
    """Ask every child to stop, then wait; one that does not listen is killed."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.wait(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
