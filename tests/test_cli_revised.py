"""What the command line says of posts that were rewritten."""

from __future__ import annotations

import json

from tests.conftest import Desk
from tests.fakes import article, says


def test_run_and_status_tell_how_many(desk: Desk) -> None:
    desk.configure(defaults={"recheck": ["30m"]})
    assert "rewritten" not in desk.run("run").out
    assert "rewritten" not in desk.run("status").out
    text = article(2).replace("before the tide turned", "before the rain came")
    desk.routes["/2"] = says(text, Content_Type="text/html")
    assert desk.later(minutes=31).run("run").out == "1 source polled; 0 articles archived; 1 rewritten\n"
    assert "\nrewritten since they changed: 1 article\n" in desk.run("status").out
    (source,) = json.loads(desk.run("status", "--json").out)["sources"]
    assert source["revised"] == 1
    found = json.loads(desk.later(hours=1).run("run", "--json").out)
    assert found["tally"]["revised"] == 0


def test_config_check_names_what_is_wrong(desk: Desk) -> None:
    desk.configure(defaults={"recheck": ["1h", "soon"], "keep_revisions": "maybe", "extras": ["word"]})
    told = desk.run("config", "check")
    assert told.code == 2
    assert "defaults.recheck[1]: 'soon' is no duration" in told.err
    assert "defaults.keep_revisions: 'maybe' is neither true nor false" in told.err
    assert "defaults.extras[0]: 'word' is not known (did you mean \"words\"?)" in told.err
    desk.configure(defaults={"recheck": ["1h", "1d", "7d"], "keep_revisions": True, "extras": ["updated", "lang"]})
    assert desk.run("config", "check").code == 0
