"""Every page of the admin in German: it is there, and no English is left on it.

What is looked at are the texts between the tags and those that are read out. Names and
other data are as they are in any language.
"""

import re
from html.parser import HTMLParser

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst

from loyalty.tests.addresses import addresses
from loyalty.tests.staff_pages import make_shop

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

READ_OUT = {"alt", "aria-label", "data-label", "placeholder", "title"}
UNREAD = {"script", "style", "code"}
# They are no pages, or end the session.
NO_PAGES = {"logout", "jsi18n", "view_on_site"}
# Names that are data here, or that Django has written or makes up for rows without one.
NAMES = re.compile(r"^Shop|\| Can |^Can | object \(\d+\)|relationship")


class Texts(HTMLParser):
    """The texts of a page that somebody reads."""

    def __init__(self, html):
        super().__init__()
        self.found = set()
        self._within = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self._within = [tag, named.get("class") or ""]
        self.found |= {named[name] or "" for name in READ_OUT & named.keys()}

    def handle_endtag(self, tag):
        self._within = []

    def handle_data(self, data):
        tag, look = self._within or ("", "")
        if tag not in UNREAD and "material-symbols" not in look:
            self.found.add(" ".join(data.split()))


def words_in(text):
    """How many words a text has, numbers and codes left aside."""
    return sum(word.strip(".,:()").isalpha() for word in text.split())


@pytest.fixture
def shop(db):
    with translation.override(settings.LANGUAGE_CODE):
        yield make_shop("Shop")


@pytest.fixture
def texts_of(admin_client):
    """The texts of a page in a language; none if there is no page."""

    def read(address, language):
        admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = admin_client.get(address, follow=True)
        assert answer.status_code < 500, address
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return set()
        return Texts(answer.content.decode()).found

    return read


@pytest.fixture(scope="module")
def english():
    """English texts, as they begin a line too, which German says otherwise."""
    catalogue = polib.pofile(settings.LOCALE_PATHS[0] / "de/LC_MESSAGES/django.po")
    said = {each.msgid: each.msgstr_plural.get(0, each.msgstr) for each in catalogue}
    original = {text for text, german in said.items() if text != german}
    # A single word in small letters may be a column of a file, which has one name.
    sentences = {text for text in original if " " in text or text != text.lower()}
    return sentences | {capfirst(text) for text in original} - set(said.values())


def test_no_page_in_german_has_english_texts(shop, texts_of, english):
    left = {}
    pages = [address for address, name in addresses(shop) if name not in NO_PAGES]
    for address in pages:
        german = texts_of(address, "de")
        # What both say is data, or nobody has given it to the translators.
        alike = {
            text
            for text in german & texts_of(address, "en")
            if words_in(text) > 2 and not NAMES.search(text)
        }
        if found := (german & english) | alike:
            left[address] = found
    assert left == {}
