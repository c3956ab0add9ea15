"""docs/errors.md lists every key that an answer can have, with its status."""

import re
from pathlib import Path

from django.conf import settings

from loyalty.api import errors, pagination
from loyalty.errors import Refusal
from transactions.imports import refusals as imports

PAGE = Path(settings.BASE_DIR, "docs", "errors.md")
ROW = re.compile(r"^\| (\d{3}) \| `([a-z_]+)` \| (.+) \|$", re.MULTILINE)
# Other vendors' APIs have their own words, on their own pages; jobs refuse staff in the
# back office, in sentences.
ELSEWHERE = re.compile(r"\.tests\.|^loyalty\.doors\.|^transactions\.jobs\.")
# What the plumbing itself answers with, without an exception of its own.
PLUMBING = {
    (400, "invalid_idempotency_key"),
    (409, "request_running"),
    (500, "internal_error"),
}


def kinds(base=Refusal):
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


def keys_of_the_code():
    assert pagination.InvalidCursor in kinds()
    assert imports.NoCard in kinds()
    raised = {
        (kind.status, kind.key)
        for kind in kinds()
        if not ELSEWHERE.search(kind.__module__)
    }
    drf = {(kind.status_code, key) for kind, key in errors.KEYS}
    return raised | drf | PLUMBING


def test_the_page_lists_every_key_with_its_status():
    listed = {(int(status), key) for status, key, _ in ROW.findall(PAGE.read_text())}
    assert listed == keys_of_the_code()


def test_every_key_has_one_status():
    by_key = {}
    for status, key in keys_of_the_code():
        assert by_key.setdefault(key, status) == status, key


def test_the_plumbing_has_no_other_keys():
    written = set()
    for file in Path(errors.__file__).parent.glob("*.py"):
        written |= set(re.findall(r'key="([a-z_]+)"', file.read_text()))
        written |= set(re.findall(r'_refuse\(\s*\d+,\s*"([a-z_]+)"', file.read_text()))
    assert written <= {key for _, key in keys_of_the_code()}
