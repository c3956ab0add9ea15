"""Every command of docs/doors.md is run, and answers what the page says."""

from loyalty.tests.pages import contains, needs_curl, run
from schemes.tests.factories import UnitFactory


@needs_curl
def test_the_page_says_what_happens(transactional_db, live_server, tmp_path):
    UnitFactory(incoming_identifier="aeplc")
    told = run("doors.md", folder=tmp_path, HOST=live_server.url)
    for command, promise, answer in told:
        assert contains(answer, promise), f"{command}\n{answer}"
    assert len(told) >= 12
