"""How commands stop: at a signal, but between two batches, never within one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets; a second signal acts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread can receive signals
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])
