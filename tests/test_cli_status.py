"""`crawler status`: text for people, JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from crawler.archive import lock
from tests.conftest import Desk
from tests.fakes import everything
from tests.webserver import page


def sick(desk: Desk) -> Desk:
    """Run once with a healthy source, a failing one, one that was switched off, and an article that is gone."""
    desk.routes |= {"/2": page(b"", 404), "/bad": page(b"", 500), "/gone": page(b"", 410)}
    desk.configure(
        {"name": "联合", "url": f"{desk.base}/feed"},
        {"name": "Bad", "url": f"{desk.base}/bad"},
        {"name": "Gone", "url": f"{desk.base}/gone"},
    )
    desk.run("run")
    return desk


class TestJSON:
    def found(self, desk: Desk) -> dict[str, Any]:
        found = json.loads(desk.run("status", "--json").out)
        assert isinstance(found, dict)
        return found

    def test_has_the_contracts_keys_and_values(self, desk: Desk) -> None:
        found = self.found(sick(desk))
        assert list(found) == ["sources", "failures", "frontier", "crawler", "cluster", "backfills", "images"]
        good, bad, gone = found["sources"]
        assert good == {
            "name": "联合",
            "url": f"{desk.base}/feed",
            "health": "ok",
            "reason": "",
            "last_success": "2021-11-20T06:43:44Z",
            "next_poll": good["next_poll"],
            "articles": {"day": 2, "week": 2, "all": 2},
            "pending": 1,
            "dead": 0,
            "unsure": 0,
            "next_why": "every: 15m",
            "revised": 0,
            "trouble": "",
            "shared": 0,
            "paused": None,
        }
        assert good["next_poll"].startswith("2021-11-20T06:5")
        assert (bad["health"], bad["reason"]) == ("failing", "HTTP 500 Internal Server Error")
        assert (bad["last_success"], bad["articles"]["all"]) == (None, 0)
        assert (gone["health"], gone["reason"], gone["next_poll"]) == ("off", "HTTP 410 Gone", None)
        assert [source["trouble"] for source in found["sources"]] == ["", "failing", "off"]
        assert found["frontier"] == {"pending": 1, "dead": 0}
        assert found["crawler"] == {
            "health": "ok",
            "reason": "",
            "last_run": "2021-11-20T06:43:44Z",
            "notify_error": "",
            "publish_error": "",
            "is_writable": True,
        }

    def test_names_every_failure_with_its_reason(self, desk: Desk) -> None:
        feeds = {failure["url"]: failure for failure in self.found(sick(desk))["failures"]}
        article = feeds[f"{desk.base}/2"]
        assert article["next_try"].startswith("2021-11-20T06:5") or article["next_try"].startswith("2021-11-20T07:0")
        assert {**article, "next_try": ""} == {
            "source": "联合",
            "url": f"{desk.base}/2",
            "kind": "article",
            "state": "pending",
            "reason": "HTTP 404 Not Found; the page is gone, and there is no full text in the feed",
            "tries": 1,
            "next_try": "",
            "unsure": False,
        }
        assert (feeds[f"{desk.base}/bad"]["kind"], feeds[f"{desk.base}/bad"]["state"]) == ("feed", "pending")
        assert feeds[f"{desk.base}/gone"]["state"] == "dead"

    def test_counts_posts_by_age(self, desk: Desk) -> None:
        desk.run("run")
        desk.later(days=2)
        assert self.found(desk)["sources"][0]["articles"] == {"day": 0, "week": 3, "all": 3}
        desk.later(days=6)
        (source,) = self.found(desk)["sources"]
        assert source["articles"] == {"day": 0, "week": 0, "all": 3}
        assert (source["health"], source["trouble"]) == ("ok", ""), "nobody asked it"
        desk.run("run")
        (source,) = self.found(desk)["sources"]
        assert (source["health"], source["trouble"]) == ("stale", "stale")
        assert source["reason"] == "the feed answers, but nothing new since 2021-11-20"


class TestText:
    def test_shows_sources_failures_and_the_frontier(self, desk: Desk) -> None:
        said = sick(desk).run("status")
        assert said.code == 3
        lines = said.out.splitlines()
        assert " ".join(lines[0].split()) == (
            "source health last success next poll today 7 days all shared pending dead unsure reason"
        )
        assert lines[1].startswith("联合    ok       2021-11-20 06:43  2021-11-20 0")
        assert lines[1].endswith("  2      2       2    0       1        0     0")
        assert lines[2].endswith("HTTP 500 Internal Server Error")
        assert f"  article pending: {desk.base}/2" in lines
        assert any("(tries: 1; next try 2021-11-20 0" in line for line in lines)
        assert lines[-1] == "frontier: 1 pending, 0 dead"

    def test_ends_well_where_all_is_well(self, desk: Desk) -> None:
        desk.run("run")
        said = desk.run("status")
        assert said.code == 0
        assert "failures" not in said.out
        assert "crawler: last run 2021-11-20 06:43 (all times here are UTC)" in said.out.splitlines()

    def test_is_quiet_when_asked_and_all_is_well(self, desk: Desk) -> None:
        desk.run("run")
        assert desk.run("status", "-q") == (0, "", "")
        desk.routes["/feed"] = page(b"", 500)
        desk.run("run", "--force")
        assert "HTTP 500" in desk.run("status", "-q").out

    def test_before_the_first_run_says_that_and_writes_nothing(self, desk: Desk) -> None:
        said = desk.run("status")
        assert said.code == 0
        assert "never polled" in said.out
        assert list(desk.folder.iterdir()) == [desk.config]

    def test_of_a_source_added_since_the_last_run(self, desk: Desk) -> None:
        desk.run("run")
        desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"}, {"name": "New", "url": f"{desk.base}/new"})
        said = desk.run("status")
        assert said.code == 0
        assert "never polled" in said.out.splitlines()[2]

    def test_of_no_source_says_so(self, desk: Desk) -> None:
        desk.config.write_text("archive: archive\n")
        assert "no source is configured" in desk.run("status").out

    def test_beside_a_run_disturbs_nothing(self, desk: Desk) -> None:
        desk.run("run")
        before = everything(desk.folder)
        with lock(desk.archive):
            assert desk.run("status").code == 0
        assert {name: data for name, data in everything(desk.folder).items() if "lock" not in name} == {
            name: data for name, data in before.items() if "lock" not in name
        }

    def test_of_a_damaged_state_tells_what_the_archive_knows(self, desk: Desk) -> None:
        desk.run("run")
        (desk.archive / ".crawler/state.db").write_bytes(b"garbage" * 1000)
        before = everything(desk.folder)
        said = desk.run("status", "--json")
        assert json.loads(said.out)["sources"][0]["articles"]["all"] == 3
        assert "state.db" in said.err
        assert everything(desk.folder) == before


class TestAlive:
    def test_sick_sources_are_not_its_business(self, desk: Desk) -> None:
        assert sick(desk).run("status").code == 3
        assert desk.run("status", "--alive") == (0, "the crawler works\n", "")
        assert desk.run("status", "--alive", "-q") == (0, "", "")

    def test_a_crawler_that_does_not_run_is(self, desk: Desk) -> None:
        desk.configure().serve(1).run("run")
        said = desk.later(hours=30).run("status", "--alive", "-q")
        assert (said.code, said.out) == (3, "the crawler has not run since 2021-11-20 06:43 UTC\n")
        assert json.loads(desk.run("status", "--alive", "--json").out)["crawler"]["health"] == "stale"

    def test_before_the_first_run_it_waits(self, desk: Desk) -> None:
        assert desk.configure().run("status", "--alive") == (0, "the crawler has not run yet\n", "")
