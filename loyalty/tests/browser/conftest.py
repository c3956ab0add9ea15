"""A real browser for the pages of the back office, logged in as one of the staff.

Skipped where there is none, unless REQUIRE_BROWSER is set: `make browser` installs
playwright; the browser itself is the system's Chromium or Chrome.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from transactions.tests.file_database import in_a_file

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).parent
WIDTHS = (1400, 400)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this directory; `-m "not browser"` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    absent = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found or find_spec("playwright") is None:
        absent("needs playwright and Chromium or Chrome: see `make browser`")
    playwright = import_module("playwright.sync_api")
    # Playwright runs an event loop in this thread, in which Django refuses to touch the
    # database; the tests do so between the browser's steps, never during one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=found[0],
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
            ],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def live_server(transactional_db: None, tmp_path: Path) -> Iterator[LiveServer]:
    """A server whose threads have connections of their own, as in production.

    A page asks for several things at once. Threads that share the connection of a
    database in memory undo each other's savepoints.
    """
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            stack.enter_context(in_a_file(tmp_path / "browser.sqlite3"))
        server = LiveServer("localhost")
        stack.callback(server.stop)
        yield server


@pytest.fixture
def page_as(
    chromium: Any, live_server: Any, staff_client: Callable[..., Any], settings: Any
) -> Iterator[Callable[..., Any]]:
    """Open the admin as one of the staff: `page_as("Agent", unit)` is a page.

    `page.goto("/admin/")` takes paths. The test fails on any error in a page's console
    and on any request to another host.
    """
    wrong: list[str] = []
    contexts: list[Any] = []

    def open_page(role: str, *units: Any, **options: Any) -> Any:
        client = staff_client(role, *units, **options)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": WIDTHS[0], "height": 900}
        )
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: _note(wrong, said))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("request", lambda sent: _note_host(wrong, sent, live_server.url))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def screenshot() -> Callable[..., None]:
    """`screenshot(page, "name")` keeps pictures, wide and narrow, in $SCREENSHOTS."""

    def take(page: Any, name: str) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if not folder:
            return
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            path = Path(folder) / f"{name}_{width}.png"
            page.screenshot(path=path, full_page=True)
        page.set_viewport_size(before)

    return take


def _note(wrong: list[str], said: Any) -> None:
    if said.type == "error":
        wrong.append(f"console: {said.text} ({said.location.get('url')})")


def _note_host(wrong: list[str], sent: Any, here: str) -> None:
    if urlsplit(sent.url).scheme in {"http", "https"} and not sent.url.startswith(here):
        wrong.append(f"request to another host: {sent.url}")
