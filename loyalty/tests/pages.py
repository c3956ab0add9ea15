"""Running the commands of a page of the docs, and comparing with what it promises."""

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

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- the next block ---"

needs_curl = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)


def blocks(page):
    """The commands of the page, each with the answer that it promises, if it does."""
    found = []
    for kind, text in BLOCK.findall(Path(settings.BASE_DIR, "docs", page).read_text()):
        if kind == "sh":
            found.append([text, None])
        else:
            found[-1][1] = json.loads(text)
    return found


def run(page, *, folder, **environment):
    """Run the page's commands in a folder; answers (command, promise, JSON) of each.

    The first command makes an API client, and is run here: by itself it would look
    into the developer's own database.
    """
    (make_client, _), *calls = blocks(page)
    command, target = make_client.split(">")
    with (folder / target.strip()).open("w") as output:
        _, _, *arguments = shlex.split(command)
        call_command(*arguments, stdout=output)

    script = f"\necho; echo '{MARK}'\n".join(text for text, _ in calls)
    done = subprocess.run(
        [shutil.which("bash"), "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    outputs = done.stdout.split(MARK)
    assert len(outputs) == len(calls)
    return [
        (text, promise, last_json(output))
        for (text, promise), output in zip(calls, outputs, strict=True)
        if promise is not None
    ]


def last_json(output):
    """The JSON that the output ends with."""
    return json.loads(output[re.search(r"[\[{]", output).start() :])


def contains(whole, part):
    """Whether all that the part says is in the whole."""
    if isinstance(part, dict):
        return all(name in whole and contains(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return whole == part
