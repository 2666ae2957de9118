"""What programs read: feeds that feed readers of ours understand, OPML, health, metrics."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest
from lxml import etree
from prometheus_client.parser import text_string_to_metric_families

from crawler import metrics
from crawler.errors import ArchiveError
from crawler.model import Tally
from crawler.reports import Report
from crawler.web import feeds, outlets
from tests.clock import START
from tests.fakes import Answer
from tests.live import live
from tests.newsroom import BASE, HARBOUR, HOST, LAGOON, Newsroom, pages

ATOM, HISTORY = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/history/1.0}"


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "room").run()


def links(document: bytes) -> dict[str, str]:
    return {link.get("rel"): link.get("href") for link in etree.fromstring(document).findall(f"{ATOM}link")}


class TestFeeds:
    def test_atom_has_each_post_in_full(self, room: Newsroom) -> None:
        found = room.get("/feed/Harbour.xml", accept="*/*")
        assert found.headers["content-type"] == "application/atom+xml; charset=utf-8"
        read = feedparser.parse(found.content)
        assert (read.bozo, read.version, read.feed.title) == (0, "atom10", "Harbour")
        assert sorted(e.id for e in read.entries) == [f"{BASE}/1", f"{BASE}/3"]
        first = next(e for e in read.entries if e.id == f"{BASE}/1")
        assert first.title == "Story &lt;1&gt; &amp; more" or first.title == "Story <1> & more"
        assert "The ferry of harbour 1 left at dawn" in first.content[0].value
        assert (first.published, first.updated) == ("2021-11-20T05:43:44Z", "2021-11-20T06:43:44Z")
        assert [tag.term for tag in first.tags] == ["Harbour"]
        assert links(found.content) == {
            "self": f"{HOST}/feed/Harbour.xml",
            "alternate": f"{HOST}/archive?source=Harbour",
        }

    def test_json_feed_has_the_same(self, room: Newsroom) -> None:
        found = room.get("/feed/Harbour.json", accept="*/*")
        assert found.headers["content-type"] == "application/feed+json; charset=utf-8"
        read = found.json()
        assert read["version"] == "https://jsonfeed.org/version/1.1"
        assert read["feed_url"] == f"{HOST}/feed/Harbour.json"
        (first,) = [item for item in read["items"] if item["id"] == f"{BASE}/1"]
        assert first["title"] == "Story <1> & more"
        assert "The ferry of harbour 1 left at dawn" in first["content_html"]
        assert first["date_published"] == "2021-11-20T05:43:44Z"

    def test_a_name_with_a_slash_has_its_feed(self, room: Newsroom) -> None:
        found = room.get(f"/feed/{quote(LAGOON['name'], safe='')}.xml")
        assert len(feedparser.parse(found.content).entries) == 2
        assert links(found.content)["self"] == f"{HOST}/feed/{quote(LAGOON['name'], safe='')}.xml"

    def test_all_sources_have_one_together(self, room: Newsroom) -> None:
        assert len(feedparser.parse(room.get("/feed.xml").content).entries) == 4
        assert len(room.get("/feed.json").json()["items"]) == 4

    @pytest.mark.parametrize(
        "path", ["/feed/None.xml", "/feed/Harbour", "/feed/Harbour.rss", "/feed/.xml.xml", "/feed/Harbour.xml?page=1"]
    )
    def test_there_is_no_other(self, room: Newsroom, path: str) -> None:
        assert room.get(path).status_code == 404

    def test_a_source_that_has_brought_nothing_has_an_empty_one(self, tmp_path: Path) -> None:
        found = Newsroom(tmp_path / "room").get("/feed/Harbour.xml")
        assert (found.status_code, feedparser.parse(found.content).entries) == (200, [])

    def test_it_is_sent_again_only_when_something_changed(self, room: Newsroom) -> None:
        first = room.get("/feed/Harbour.xml")
        tag = first.headers["etag"]
        room.world.later(hours=1)
        assert room.get("/feed/Harbour.xml", if_none_match=tag).status_code == 304
        place = room.config.archive / room.path(1)
        place.write_text(place.read_text().replace("dawn", "noon"))
        again = room.get("/feed/Harbour.xml", if_none_match=tag)
        assert again.status_code == 200
        assert "left at noon" in again.text

    def test_what_acts_is_taken_out(self, room: Newsroom) -> None:
        place = room.config.archive / room.path(1)
        place.write_text(place.read_text().replace("\n\n</div>", "\n\n<script>x</script><p onclick=x>y</p>\n\n</div>"))
        read = room.get("/feed/Harbour.json").json()
        assert [live(item["content_html"].replace(' rel="noopener noreferrer"', "")) for item in read["items"]] == [
            [],
            [],
        ]

    def test_controls_make_no_broken_xml(self, room: Newsroom) -> None:
        place = room.config.archive / room.path(1)
        place.write_text(place.read_text().replace("dawn", "da\x0bwn\ufffe]]>"))
        assert feedparser.parse(room.get("/feed/Harbour.xml").content).bozo == 0

    def test_texts_beyond_all_measure_are_left_to_their_pages(
        self, room: Newsroom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outlets, "LARGEST", 10)
        read = room.get("/feed/Harbour.json").json()
        assert [item["content_html"] for item in read["items"]] == ["", ""]


class TestHistory:
    """RFC 5005 §4: all posts are found by way of the archive pages, and a full page stays as it is."""

    @pytest.fixture
    def long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
        for module in (feeds, outlets):
            monkeypatch.setattr(module, "SIZE", 2)
        room = Newsroom(tmp_path / "room")
        for n in (1, 3, 5, 7, 9):
            room.world.pages |= pages(*range(1, n + 1, 2))
            room.world.later(hours=1).run(force=True)
        return room

    def test_every_post_is_found_backwards(self, long: Newsroom) -> None:
        seen, path, documents = [], "/feed/Harbour.xml", []
        while path:
            found = long.get(path.removeprefix(HOST))
            documents.append(found.content)
            seen += [entry.id for entry in feedparser.parse(found.content).entries]
            path = links(found.content).get("prev-archive", "")
        assert set(seen) == {f"{BASE}/{n}" for n in (1, 3, 5, 7, 9)}
        newest, *archives = documents
        assert len(archives) == 2
        assert etree.fromstring(newest).find(f"{HISTORY}archive") is None
        for document in archives:
            assert etree.fromstring(document).find(f"{HISTORY}archive") is not None
            assert links(document)["current"] == f"{HOST}/feed/Harbour.xml"
        assert links(archives[1])["next-archive"] == links(archives[0])["self"]
        assert "next-archive" not in links(archives[0])

    def test_a_full_page_stays_as_it_is(self, long: Newsroom) -> None:
        before = feedparser.parse(long.get("/feed/Harbour.xml?page=1").content).entries
        long.world.pages |= pages(1, 3, 5, 7, 9, 11)
        long.world.later(hours=1).run(force=True)
        after = feedparser.parse(long.get("/feed/Harbour.xml?page=1").content).entries
        assert [e.id for e in before] == [e.id for e in after] == [f"{BASE}/1", f"{BASE}/3"]
        assert long.get("/feed/Harbour.xml?page=3").status_code == 200
        assert long.get("/feed/Harbour.xml?page=4").status_code == 404

    def test_json_feed_leads_back_as_well(self, long: Newsroom) -> None:
        seen, path = [], "/feed/Harbour.json"
        while path:
            read = long.get(path.removeprefix(HOST)).json()
            seen += [item["id"] for item in read["items"]]
            path = read.get("next_url", "")
        assert set(seen) == {f"{BASE}/{n}" for n in (1, 3, 5, 7, 9)}


def test_opml_lists_our_feeds(room: Newsroom) -> None:
    outlines = etree.fromstring(room.get("/opml").content).findall(".//outline")
    assert [one.get("text") for one in outlines] == ["Harbour", "联合/早报"]
    for one in outlines:
        assert room.get(one.get("xmlUrl", "").removeprefix(HOST)).status_code == 200
        assert room.get(one.get("htmlUrl", "").removeprefix(HOST)).status_code == 200


class TestHealth:
    def test_all_is_well(self, room: Newsroom) -> None:
        found = room.get("/healthz")
        assert (found.status_code, found.json()) == (200, {"status": "ok", "crawler": [], "sources": []})
        assert found.headers["cache-control"] == "no-store"

    def test_a_sick_source_is_503_and_the_crawler_is_alive(self, room: Newsroom) -> None:
        room.world.pages[HARBOUR["url"]] = Answer("no", 500)
        room.world.later(hours=1)
        room.run()
        found, alive = room.get("/healthz"), room.get("/healthz/live")
        assert (found.status_code, found.json()["sources"]) == (503, ["Harbour: failing"])
        assert alive.status_code == 200
        room.world.state.pause(HARBOUR["url"], START)
        assert room.get("/healthz").status_code == 200, "what a person paused is well"

    def test_a_stuck_loop_is_503(self, room: Newsroom) -> None:
        room.behind = timedelta(minutes=4)
        assert room.get("/healthz").status_code == 503
        assert room.get("/healthz/live").status_code == 503

    def test_a_state_that_is_gone_is_503(self, room: Newsroom) -> None:
        (room.config.archive / ".crawler" / "state.db").rename(room.folder / "aside")
        assert room.get("/healthz/live").status_code == 503


class TestMetrics:
    def test_prometheus_reads_them(self, room: Newsroom) -> None:
        found = room.get("/metrics", accept="*/*")
        assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(found.text)
            for sample in family.samples
        }
        assert samples["crawler_source_articles", "联合/早报", LAGOON["url"]] == 2
        assert samples["crawler_source_healthy", "Harbour", HARBOUR["url"]] == 1
        assert samples["crawler_source_last_success_timestamp_seconds", "Harbour", HARBOUR["url"]] == START.timestamp()
        assert samples["crawler_frontier", "pending"] == 0
        assert samples["crawler_run_tally", "serve", "archived"] == 0
        assert samples["crawler_loop_beat_timestamp_seconds",] == START.timestamp()

    def test_without_the_library_it_says_what_is_missing(self, room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
        assert 'href="/metrics"' in room.get("/").text
        monkeypatch.setattr(metrics, "is_there", lambda: False)
        assert 'href="/metrics"' not in room.get("/").text
        found = room.get("/metrics")
        assert found.status_code == 501
        assert "pip install 'crawler[metrics]'" in found.text

    def test_a_file_is_put_in_place_in_one_step(self, tmp_path: Path) -> None:
        place = tmp_path / "crawler.prom"
        place.write_text("old")
        metrics.write(place, metrics.text(Report(), Tally(polled=2), START, kind="run"))
        assert 'crawler_run_tally{kind="run",what="polled"} 2.0' in place.read_text()
        assert [one.name for one in tmp_path.iterdir()] == ["crawler.prom"]

    def test_a_place_that_takes_no_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ArchiveError, match=r"none/x\.prom: No such file"):
            metrics.write(tmp_path / "none" / "x.prom", b"")
        (tmp_path / "folder").mkdir()
        with pytest.raises(ArchiveError, match="folder: Is a directory"):
            metrics.write(tmp_path / "folder", b"")
        assert [one.name for one in tmp_path.iterdir()] == ["folder"]
