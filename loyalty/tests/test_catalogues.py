"""The translations are whole: nothing is missing, and what is compiled is up to date."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
CATALOGUES = [
    Path(folder, language, "LC_MESSAGES", "django.po")
    for folder in settings.LOCALE_PATHS
    for language in LANGUAGES
]
OWN = CATALOGUES[: len(LANGUAGES)]
NAMED = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>")


def name_of(path):
    return str(path.relative_to(settings.BASE_DIR))


def names_in(text):
    """What a translation must have as the original has it: values and HTML."""
    return sorted(NAMED.findall(text))


def texts_of(catalogue):
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogue}


@pytest.fixture(params=CATALOGUES, ids=name_of)
def path(request):
    return request.param


def test_every_text_is_translated(path):
    catalogue = polib.pofile(path)
    assert len(catalogue) > 50
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_a_translation_has_the_values_of_its_original(path):
    for entry in polib.pofile(path):
        # "One bucket" may say its number in words.
        originals = [names_in(entry.msgid), names_in(entry.msgid_plural)]
        for text in [*entry.msgstr_plural.values()] or [entry.msgstr]:
            assert names_in(text) in originals, text


def test_what_is_compiled_is_what_is_written(path):
    written = polib.pofile(path)
    compiled = polib.mofile(path.with_suffix(".mo"))

    def told(catalogue):
        return {
            (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural)
            for entry in catalogue
        }

    assert told(compiled) == told(written), "run `make messages`"


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("xgettext") and shutil.which("msgmerge")),
    reason="needs gettext, which finds the texts in the code",
)
def test_no_text_of_the_code_is_missing(tmp_path):
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".*", "*.sqlite3*", "__pycache__", "node_modules")
    shutil.copytree(settings.BASE_DIR, copy, ignore=left_out)
    languages = [f"--locale={language}" for language in LANGUAGES]
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--no-obsolete", *languages],
        cwd=copy,
        env={**os.environ, "ENV_FILE": "", "DEBUG": "true"},
        check=True,
        capture_output=True,
        timeout=120,
    )
    for path in OWN:
        found = polib.pofile(copy / path.relative_to(settings.BASE_DIR))
        assert texts_of(found) == texts_of(polib.pofile(path)), "run `make messages`"
