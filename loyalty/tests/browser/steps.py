"""Steps that staff take on many pages, for the tests that take them."""

from typing import Any

REASON = "The customer asked for it"


def go(page: Any, name: str) -> None:
    """Follow a link of the menu at the side."""
    page.get_by_role("link", name=name).first.click()


def find(page: Any, value: str) -> None:
    """Find something with the field above the menu, without a mouse."""
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially(value)
    page.locator("#command-results-list a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def look(page: Any, **asked: str) -> None:
    """Fill in a verb's fields and a reason, and have shown what will happen."""
    for name, value in {**asked, "reason": REASON}.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name="Change something").wait_for()


def confirm(page: Any, title: str) -> None:
    """Do what was shown."""
    page.get_by_role("button", name=title).click()
    page.get_by_role("button", name=title).wait_for(state="detached")


def open_own_menu(page: Any) -> None:
    """Open the menu below one's own name: theme, language, password, log-out."""
    page.get_by_text("unfold_more").click()
