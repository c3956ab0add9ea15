"""Every command of docs/api.md is run, and answers what the page says."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from schemes.tests.factories import UnitFactory

PAGE = Path(settings.BASE_DIR, "docs", "api.md")
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- the next block ---"


@pytest.fixture
def blocks():
    """The commands of the page, each with the answer that it promises, if it does."""
    found = []
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "sh":
            found.append([text, None])
        else:
            found[-1][1] = json.loads(text)
    return found


def contains(whole, part):
    """Whether all that the part says is in the whole."""
    if isinstance(part, dict):
        return all(name in whole and contains(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return whole == part


def last_json(output):
    """The JSON that the output ends with."""
    return json.loads(output[output.index("{") :])


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)
def test_the_page_says_what_happens(transactional_db, live_server, tmp_path, blocks):
    UnitFactory(incoming_identifier="aeplc")
    (make_client, _), *calls = blocks
    # The command would look into the developer's own database.
    command, target = make_client.split(">")
    with (tmp_path / target.strip()).open("w") as output:
        _, _, *arguments = shlex.split(command)
        call_command(*arguments, stdout=output)

    script = f"\necho; echo '{MARK}'\n".join(text for text, _ in calls)
    done = subprocess.run(
        [shutil.which("bash"), "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "API": f"{live_server.url}/api/v1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    outputs = done.stdout.split(MARK)
    assert len(outputs) == len(calls)
    promised = 0
    for (text, promise), output in zip(calls, outputs, strict=True):
        if promise is not None:
            assert contains(last_json(output), promise), f"{text}\n{output}"
            promised += 1
    assert promised >= 12
