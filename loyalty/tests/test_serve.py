"""`manage.py serve`: it starts both, stops both, and says what is wrong in one line."""

import signal
import socket
import subprocess
import sys
import time

import pytest
from django.core.management import call_command

from loyalty.management.commands import serve

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return port


@pytest.fixture
def started(monkeypatch, settings):
    """Replace what is started; return the processes. Signal handlers are restored."""
    settings.DEBUG = True
    before = {number: signal.getsignal(number) for number in serve.STOP_SIGNALS}
    processes = []

    class Remembered(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            processes.append(self)

    def replace(**commands):
        monkeypatch.setattr(subprocess, "Popen", Remembered)
        monkeypatch.setattr(serve, "commands", lambda **address: commands)
        return processes

    yield replace
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_free_port_is_said_to_be_free(free_port):
    call_command("serve", check_port=True, port=free_port)


@pytest.mark.parametrize("check_port", [True, False])
def test_a_taken_port_is_one_line_and_exit_code_1(taken_port, check_port, capsys):
    with pytest.raises(SystemExit) as caught:
        call_command("serve", check_port=check_port, port=taken_port)
    assert caught.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"Port {taken_port} on 127.0.0.1 is taken" in line
    assert f"make run PORT={taken_port + 1}" in line


@pytest.mark.parametrize(
    ("host", "port", "problem"),
    [
        ("127.0.0.1", 0, "0 is not a port"),
        ("127.0.0.1", 65536, "65536 is not a port"),
        ("no-such-host.invalid", 8000, "Cannot listen on no-such-host.invalid"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(host, port, problem):
    found = serve.port_problem(host=host, port=port)
    assert problem in found
    assert "\n" not in found


def test_missing_static_files_are_said_before_anything_starts(
    settings, tmp_path, free_port, capsys
):
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    with pytest.raises(SystemExit) as caught:
        call_command("serve", port=free_port)
    assert caught.value.code == 1
    assert "manage.py collectstatic" in capsys.readouterr().err


def test_a_child_that_ends_stops_the_other_and_fails(started, free_port, capsys):
    processes = started(web=SLEEP, worker=[sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(SystemExit) as caught:
        call_command("serve", port=free_port)
    assert caught.value.code == 1
    assert "The worker (exit code 3) stopped" in capsys.readouterr().err
    assert [process.returncode for process in processes] == [-signal.SIGTERM, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_both_with_exit_code_0(
    started, free_port, monkeypatch, capsys, number
):
    processes = started(web=SLEEP, worker=SLEEP)
    monkeypatch.setattr(time, "sleep", lambda seconds: signal.raise_signal(number))
    with pytest.raises(SystemExit) as caught:
        call_command("serve", port=free_port)
    assert caught.value.code == 0
    assert [process.returncode for process in processes] == [-signal.SIGTERM] * 2
    assert capsys.readouterr().out.splitlines() == ["Stopped."]


def test_what_is_started_knows_that_a_worker_runs(started, free_port, tmp_path):
    told = tmp_path / "told"
    write = f"import os; open({str(told)!r}, 'w').write(os.environ['WORKER'])"
    started(web=[sys.executable, "-c", write])
    with pytest.raises(SystemExit):
        call_command("serve", port=free_port)
    assert told.read_text() == "true"


def test_the_address_and_the_log_in_are_printed(taken_port, capsys):
    serve.Command()._announce(
        host="127.0.0.1", port=taken_port, log_in="demo, password demo"
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Loyalty is at http://127.0.0.1:{taken_port}/"
    assert lines[1] == "Log in as demo, password demo"
    assert serve.answers(host="127.0.0.1", port=taken_port)


def test_the_worker_stays_away_when_celery_does_the_work(settings):
    settings.CELERY_BROKER_URL = ""
    assert list(serve.commands(host="::1", port=1)) == ["web server", "worker"]
    assert "[::1]:1" in serve.commands(host="::1", port=1)["web server"]
    settings.CELERY_BROKER_URL = "redis://127.0.0.1"
    assert list(serve.commands(host="::1", port=1)) == ["web server"]
