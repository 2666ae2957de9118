"""Identity the whole way: the commands themselves, over a real server and a state file, as a site changes its mind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.clock import START
from tests.conftest import Desk
from tests.fakes import article, entry, prose, rss, says
from tests.webserver import page


def publish(desk: Desk, *items: str, feed: str = "/feed") -> None:
    desk.later(minutes=16).routes[feed] = says(rss(*items))


def story(desk: Desk, path: str, n: int, guid: str = "") -> str:
    """Put story n at a path, and return its entry."""
    desk.routes[path] = says(article(n), Content_Type="text/html; charset=utf-8")
    return entry(f"{desk.base}{path}", f"Story {n}", guid=guid, date=START - timedelta(hours=n))


def test_edited_addresses_new_guids_and_a_lost_state_double_nothing(desk: Desk) -> None:
    publish(desk, story(desk, "/1", 1, "a"), story(desk, "/2", 2, "b"), story(desk, "/3", 3, "c"))
    assert desk.run("run").code == 0
    posts = desk.posts
    publish(desk, story(desk, "/slug", 1, "a"), story(desk, "/2", 2, "new"), story(desk, "/3?utm_id=9#x", 3, "c"))
    assert desk.run("source", "test", "Harbour").out.count("done") == 3
    assert desk.run("run", "-q") == (0, "", "")
    assert (desk.targets, desk.posts) == (["/feed"], posts)
    assert desk.run("fetch", f"{desk.base}/slug").out == "already archived: _posts/2021-11-20-Story 1.md\n"
    desk.run("rebuild")
    publish(desk, story(desk, "/slug", 1, "a"), story(desk, "/4", 4))
    assert desk.run("run").code == 0
    assert len(desk.posts) == 4
    assert sorted(desk.targets)[:3] == ["/4", "/feed", "/robots.txt"] or "/slug" in desk.targets
    assert desk.run("verify").out == "all is well\n"


def test_two_sources_one_file_and_the_first_may_go(desk: Desk) -> None:
    sources = [{"name": name, "url": f"{desk.base}/{name}", "tags": [name]} for name in ("first", "second")]
    desk.configure(*sources)
    for name in ("first", "second"):
        publish(desk, story(desk, "/1", 1), feed=f"/{name}")
    desk.run("run")
    found = {one["name"]: (one["articles"]["all"], one["shared"]) for one in shown(desk)}
    assert (len(desk.posts), sorted(found.values())) == (1, [(0, 1), (1, 0)])
    owner = next(name for name, (articles, _) in found.items() if articles)
    assert f"tags: [ {owner} ]" in next(desk.archive.rglob("*.md")).read_text()
    desk.configure(*(source for source in sources if source["name"] != owner))
    desk.later(hours=1).run("run")
    (left,) = shown(desk)
    assert (left["articles"]["all"], left["shared"], len(desk.posts)) == (1, 0, 1)
    assert desk.run("verify").code == 0


def shown(desk: Desk) -> list[dict[str, Any]]:
    sources: list[dict[str, Any]] = json.loads(desk.run("status", "--json").out)["sources"]
    return sources


def test_a_changelog_gives_a_post_for_each_entry(desk: Desk) -> None:
    items = [
        entry(f"{desk.base}/log#v{n}", f"Version {n}", prose(n), date=START - timedelta(days=9 - n))
        for n in range(1, 4)
    ]
    publish(desk, *items[:2])
    desk.run("run")
    publish(desk, *items)
    assert desk.run("run").code == 0
    assert [name[11:] for name in desk.posts] == [f"Version {n}.md" for n in (1, 2, 3)]
    assert "/log" not in desk.targets
    desk.run("rebuild")
    assert desk.later(hours=1).run("run").out.startswith("1 source polled; 0 articles archived")


def test_a_link_out_of_the_archive_stops_the_run_and_is_named(desk: Desk) -> None:
    (desk.folder / "elsewhere").mkdir()
    desk.archive.mkdir()
    (desk.archive / "_posts").symlink_to(desk.folder / "elsewhere")
    said = desk.run("run")
    assert said.code == 6
    assert f"leads out of the archive: {desk.archive / '_posts'} is a link to" in said.err
    assert list((desk.folder / "elsewhere").iterdir()) == []


def waiting(desk: Desk, path: str, status: int = 500) -> str:
    """Put nothing but an error at a path, and return the entry of story 1 that names it."""
    desk.routes[path] = page(b"", status)
    return entry(f"{desk.base}{path}", "Story 1", guid="a", date=START - timedelta(hours=1))


def test_a_waiting_article_whose_address_changes_twice_is_had_at_the_third(desk: Desk) -> None:
    for path in ("/a", "/b"):
        publish(desk, waiting(desk, path))
        assert desk.run("run").code == 0
    publish(desk, story(desk, "/c", 1, "a"))
    desk.run("run")
    assert desk.posts == ["2021-11-20-Story 1.md"]


def test_an_address_that_is_new_each_time_is_not_asked_for_ever(desk: Desk) -> None:
    asked = 0
    for n in range(30):
        publish(desk, waiting(desk, f"/1?sid={n}"))
        desk.run("run")
        asked += sum("sid" in target for target in desk.targets)
    assert 3 <= asked <= 8, "at once three times, then with an article's growing pauses"


def test_what_waits_goes_along_when_its_feed_moves(desk: Desk) -> None:
    desk.configure({"name": "Harbour", "url": f"{desk.base}/feed"})
    publish(desk, waiting(desk, "/1"))
    desk.run("run")
    desk.configure({"name": "Harbour", "url": f"{desk.base}/new"})
    publish(desk, story(desk, "/2", 2), feed="/new")
    story(desk, "/1", 1)
    desk.run("run")
    desk.later(hours=5).run("run")
    assert len(desk.posts) == 2


def corrected(desk: Desk, path: str) -> str:
    """Put story 1 with a correction at a path, and return the entry that tells of it."""
    text = article(1).replace("before the tide turned", "before the rain came")
    desk.routes[path] = says(text, Content_Type="text/html; charset=utf-8")
    return entry(f"{desk.base}{path}", "Story 1", "A corrected summary.", guid="a", date=START - timedelta(hours=1))


def test_an_article_that_moved_and_then_changed_is_read_at_its_new_address(desk: Desk) -> None:
    for item in (story(desk, "/1", 1, "a"), story(desk, "/slug", 1, "a"), corrected(desk, "/slug")):
        publish(desk, item)
        desk.later(hours=2).run("run")
    del desk.routes["/1"]
    desk.later(hours=2).run("run")
    (post,) = desk.archive.rglob("*.md")
    assert "rain came" in post.read_text()
    assert f"from: {desk.base}/1\n" in post.read_text()


def test_one_that_moves_and_changes_at_once_too(desk: Desk) -> None:
    publish(desk, story(desk, "/1", 1, "a"))
    desk.run("run")
    del desk.routes["/1"]
    publish(desk, corrected(desk, "/slug"))
    for _ in range(2):
        desk.later(hours=2).run("run")
    (post,) = desk.archive.rglob("*.md")
    assert "rain came" in post.read_text()


def test_one_that_gets_another_title_and_address_is_read_again_when_its_feed_says_more(desk: Desk) -> None:
    publish(desk, story(desk, "/1", 1, "a"))
    desk.run("run")
    changed = corrected(desk, "/slug").replace("Story 1", "Story 1, corrected")
    publish(desk, changed)
    desk.later(hours=2).run("run")
    publish(desk, changed, story(desk, "/2", 2, "b"))
    for _ in range(2):
        desk.later(hours=2).run("run")
    assert len(desk.posts) == 2
    post = next(one for one in desk.archive.rglob("*.md") if "Story 1" in one.name)
    assert "rain came" in post.read_text()
    assert 'title: "Story 1, corrected"' in post.read_text()
