"""The pages for people, over a real state and archive."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bs4 import BeautifulSoup

from crawler import urls
from crawler.cli.web import report
from crawler.errors import StateError
from crawler.memory import ArticleOutcome
from crawler.model import Serve
from crawler.state.opening import open_reader
from crawler.web.app import make_app
from crawler.web.desk import Desk, Parts, Pulse
from tests.clock import START
from tests.fakes import Answer
from tests.newsroom import BASE, HARBOUR, HOST, Newsroom
from tests.states import entered

OPEN = Serve(admin=True)


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "room").run()


def soup(html: str, parser: str) -> Any:
    """Return the elements of a page; what is not there fails where it is asked for."""
    return BeautifulSoup(html, parser)


def problems(html: str) -> list[str]:
    """Return what a person with a keyboard or a screen reader would stumble over."""
    page, found = soup(html, "html.parser"), []
    if not (page.html and page.html.get("lang")) or not (page.title and page.title.text.strip()):
        found.append("no language or title")
    found += [f"{len(page.find_all(name))} times <{name}>" for name in ("main", "h1") if len(page.find_all(name)) != 1]
    levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    found += [f"h{b} after h{a}" for a, b in pairwise(levels) if b > a + 1]
    ids = [tag["id"] for tag in page.find_all(id=True)]
    found += [f"twice #{one}" for one in set(ids) if ids.count(one) > 1]
    for tag in page.find_all(["input", "select"]):
        labelled = tag.find_parent("label") or page.find("label", attrs={"for": tag.get("id", "-")})
        if tag.get("type") != "hidden" and not tag.has_attr("hidden") and not labelled:
            found.append(f"no label: {tag}")
    found += [f"no text: {tag}" for tag in page.find_all(["a", "button"]) if not tag.get_text(strip=True)]
    found += [f"no alt: {tag}" for tag in page.find_all("img") if not tag.has_attr("alt")]
    found += [f"no name: {tag.name}" for tag in page.find_all("svg") if not tag.get("aria-label")]
    navs = [tag.get("aria-label") for tag in page.find_all("nav")]
    found += [f"nav {navs}"] if len(set(navs)) != len(navs) or None in navs else []
    found += [f"acts: {tag.name}" for tag in page.find_all(["script", "style", "iframe", "object"])]
    found += [
        f"acts: {tag}" for tag in page.find_all(True) if any(n.startswith("on") or n == "style" for n in tag.attrs)
    ]
    skip = page.find("a", class_="skip")
    return found + ([] if skip and page.find(id=str(skip["href"])[1:]) else ["no way to skip to the content"])


class TestSources:
    def test_each_has_its_health_counts_chart_and_feeds(self, room: Newsroom) -> None:
        found = room.get("/")
        assert (found.status_code, problems(found.text)) == (200, [])
        page = soup(found.text, "html.parser")
        harbour, other = page.find_all(class_="source")
        assert harbour.h2.text == "Harbour"
        assert other.h2.text == "联合/早报"
        text = harbour.get_text(" ", strip=True)
        assert "Last success now" in text
        assert "Next poll in 15 min every: 15m" in text or "Next poll in 14 min every: 15m" in text
        assert "Archived 2 2 today, 2 in 7 days" in text
        assert harbour.svg["aria-label"] == "Harbour: 2 in 30 days, at most 2 a day"
        assert [a["href"] for a in other.find(class_="doing").find_all("a")] == [
            "/feed/%E8%81%94%E5%90%88%2F%E6%97%A9%E6%8A%A5.xml",
            "/feed/%E8%81%94%E5%90%88%2F%E6%97%A9%E6%8A%A5.json",
        ]
        assert "2 sources, all well" in re.sub(r"\s+", " ", page.get_text())

    def test_failures_are_told_with_their_reasons(self, room: Newsroom) -> None:
        room.world.pages[HARBOUR["url"]] = Answer("no", 500)
        room.world.later(hours=1).run(force=True)
        found = room.get("/?view=unwell")
        page = soup(found.text, "html.parser")
        assert [tag.h2.text for tag in page.find_all(class_="source")] == ["Harbour"]
        assert "HTTP 500" in page.find(class_="failures").text
        assert problems(found.text) == []

    def test_an_unsure_text_is_marked(self, room: Newsroom) -> None:
        state, now = room.world.state, room.world.clock.now()
        url = urls.canonical(f"{BASE}/unsure")
        state.enter(urls.key(HARBOUR["url"]), [entered(url)], now)
        outcome = ArticleOutcome(urls.key(url), "pending", "a wall", 1, now + timedelta(hours=1), held=True)
        state.settle([outcome], now)
        page = soup(room.get("/").text, "html.parser")
        assert page.find(class_="failures").find(class_="unsure") is not None
        assert "1 unsure" in page.find(class_="source").text

    def test_addresses_tell_no_password(self, tmp_path: Path) -> None:
        source = {"name": "Secret", "url": "http://me:hunter2@a.example/private"}
        room = Newsroom(tmp_path / "room", sources=(source,)).run()
        for path in ("/", "/metrics", "/healthz", "/opml", "/archive"):
            assert "hunter2" not in room.get(path).text

    def test_nothing_is_configured(self, tmp_path: Path) -> None:
        found = Newsroom(tmp_path / "room", sources=()).run().get("/")
        assert "No source is configured yet" in found.text
        assert problems(found.text) == []


class TestOrders:
    def order(self, room: Newsroom, kind: str, /, **more: str) -> int:
        mark = room.mark()
        source = urls.key(HARBOUR["url"]).hex()
        return room.post("/order", {"mark": mark, "source": source, "order": kind} | more).status_code

    @pytest.fixture
    def desk(self, room: Newsroom) -> Newsroom:
        room.serve = OPEN
        return room

    def test_a_pause_lasts_and_is_seen(self, desk: Newsroom) -> None:
        assert self.order(desk, "pause") == 303
        assert desk.row("Harbour").paused == START
        page = soup(desk.get("/").text, "html.parser")
        assert page.find(class_="source").find(class_="badge").text == "paused"
        assert desk.world.later(hours=1).run(force=True).polled == 1
        assert self.order(desk, "resume") == 303
        assert desk.row("Harbour").paused is None
        assert desk.world.run(force=True).polled == 2

    def test_a_poll_is_due_at_once_and_wakes_the_loop(self, desk: Newsroom) -> None:
        mark, source = desk.mark(), urls.key(HARBOUR["url"]).hex()

        async def job(client: object, shop: object) -> bool:
            fields = {"mark": mark, "source": source, "order": "poll"}
            await client.post("/order", data=fields, headers={"origin": HOST})  # type: ignore[attr-defined]
            return bool(shop.wake.is_set())  # type: ignore[attr-defined]

        assert desk.visit(job) is True
        assert desk.row("Harbour").memory.next_poll == START
        assert desk.row("联合/早报").memory.next_poll > START

    def test_the_dead_are_tried_again(self, desk: Newsroom) -> None:
        state, url = desk.world.state, urls.canonical(f"{BASE}/dead")
        state.enter(urls.key(HARBOUR["url"]), [entered(url)], START)
        state.settle([ArticleOutcome(urls.key(url), "dead", "gone", 10)], START)
        assert state.frontier() == (0, 1)
        assert "Retry dead" in desk.get("/").text
        assert self.order(desk, "retry") == 303
        assert state.frontier() == (1, 0)
        job = state.job(urls.key(url))
        assert job is not None
        assert job.tries == 0

    def test_it_says_what_was_done(self, desk: Newsroom) -> None:
        mark, source = desk.mark(), urls.key(HARBOUR["url"]).hex()
        answer = desk.post("/order", {"mark": mark, "source": source, "order": "pause"})
        assert answer.headers["location"] == f"/?did=pause&of={source}#s{source}"
        assert 'role="status">Harbour is paused.' in desk.get(answer.headers["location"]).text
        assert 'class="done"' not in desk.get(f"/?did=<b>&of={source}").text

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"order": "erase"}, 400), ({"source": "00"}, 400), ({"mark": "0" * 64}, 403), ({"mark": ""}, 403)],
    )
    def test_what_is_no_order_does_nothing(self, desk: Newsroom, change: dict[str, str], code: int) -> None:
        assert self.order(desk, "pause", **change) == code
        assert desk.row("Harbour").paused is None

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"origin": "http://[::1"},
            {"sec_fetch_site": "same-site"},
        ],
    )
    def test_a_form_of_another_site_does_nothing(self, desk: Newsroom, headers: dict[str, str]) -> None:
        fields = {"mark": desk.mark(), "source": urls.key(HARBOUR["url"]).hex(), "order": "pause"}
        assert desk.post("/order", fields, **headers).status_code == 403
        assert desk.row("Harbour").paused is None

    def test_without_leave_there_are_no_buttons_and_no_orders(self, room: Newsroom) -> None:
        found = room.get("/").text
        assert "/order" not in found
        assert "admin: true" in found
        room.serve = OPEN
        mark = room.mark()
        room.serve = Serve()
        fields = {"mark": mark, "source": urls.key(HARBOUR["url"]).hex(), "order": "pause"}
        assert room.post("/order", fields).status_code == 403

    def test_a_form_that_is_too_large_is_not_read(self, desk: Newsroom) -> None:
        assert desk.post("/order", b"x" * 100_000).status_code == 413


class TestArchive:
    def test_the_newest_by_source_and_by_day(self, room: Newsroom) -> None:
        found = room.get("/archive")
        assert problems(found.text) == []
        page = soup(found.text, "html.parser")
        assert sorted(tag.text for tag in page.find_all("h3")) == [f"Story <{n}> & more" for n in (1, 2, 3, 4)]
        assert "Saturday, 20 November 2021" in page.text
        one = soup(room.get("/archive?source=Harbour").text, "html.parser")
        assert sorted(tag.text for tag in one.find_all("h3")) == ["Story <1> & more", "Story <3> & more"]
        assert len(soup(room.get("/archive?day=2021-11-20").text, "html.parser").find_all("h3")) == 4
        empty = room.get("/archive?day=2021-11-19&source=Harbour").text
        assert "Nothing was filed there yet" in empty
        assert 'href="/archive?source=Harbour&amp;day=2021-11-20"' in empty

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=99999999999999999999",
            "page=x",
            "day=x",
            "day=9999-12-31",
            "day=1970-01-01",
            "source=%00%ff",
            "source=" + "x" * 9999,
            "source='%20or%201=1--",
            "page=1&page=2&x[]=y",
        ],
    )
    def test_whatever_is_asked_it_is_a_page(self, room: Newsroom, query: str) -> None:
        found = room.get(f"/archive?{query}")
        assert (found.status_code, problems(found.text)) == (200, [])

    def test_what_a_person_names_is_escaped(self, room: Newsroom) -> None:
        assert "<b>x" not in room.get("/archive?source=<b>x").text

    def test_a_file_that_is_gone_is_left_out(self, room: Newsroom) -> None:
        (room.config.archive / room.path(1)).unlink()
        assert len(soup(room.get("/archive").text, "html.parser").find_all("h3")) == 3


class TestArticle:
    def test_it_is_read_with_its_facts(self, room: Newsroom) -> None:
        path = room.path(1)
        found = room.get(f"/article/{quote(path)}")
        assert (found.status_code, problems(found.text)) == (200, [])
        page = soup(found.text, "html.parser")
        assert page.h1.text == "Story <1> & more"
        assert "The ferry of harbour 1 left at dawn" in page.find(class_="body").text
        assert f"{BASE}/1" in [a.get("href") for a in page.find_all("a")]
        assert page.code.text == path
        assert "script" not in found.headers["content-security-policy"]
        assert "default-src 'none'" in found.headers["content-security-policy"]

    @pytest.mark.parametrize(
        "path",
        [
            "../config.yaml",
            "..%2fconfig.yaml",
            "%2e%2e/%2e%2e/etc/passwd",
            "/etc/passwd",
            "_posts/../../config.yaml",
            ".crawler/state.db",
            ".crawler%2fstate.db",
            "_posts",
            "",
            "%00",
            "a" * 5000,
            "_posts/no.md",
            "%ff%fe",
            "_posts\\x.md",
        ],
    )
    @pytest.mark.parametrize("what", ["article", "changes", "file"])
    def test_no_other_file_is_shown(self, room: Newsroom, what: str, path: str) -> None:
        assert room.get(f"/{what}/{path}").status_code == 404

    def test_a_page_of_the_users_own_is_none(self, room: Newsroom) -> None:
        (room.config.archive / "secret.md").write_text("# my diary")
        assert room.get("/article/secret.md").status_code == 404

    def test_a_link_out_of_the_archive_is_not_followed(self, room: Newsroom, tmp_path: Path) -> None:
        outside = tmp_path / "outside.md"
        outside.write_bytes((room.config.archive / room.path(1)).read_bytes())
        (room.config.archive / "link.md").symlink_to(outside)
        assert room.get("/article/link.md").status_code == 404

    def test_a_post_that_the_state_does_not_know_is_shown(self, room: Newsroom) -> None:
        post = (room.config.archive / room.path(1)).read_bytes()
        (room.config.archive / "mine.md").write_bytes(post)
        assert room.get("/article/mine.md").status_code == 200

    def test_pictures_are_shown_when_they_are_wanted(self, room: Newsroom) -> None:
        path = room.path(1)
        place = room.config.archive / path
        place.write_text(place.read_text().replace("\n\n</div>", "\n\n![x](https://p.example/x.png)\n\n</div>"))
        hidden, shown = room.get(f"/article/{quote(path)}"), room.get(f"/article/{quote(path)}?pictures=1")
        assert "<img" not in hidden.text
        assert "img-src 'self';" in hidden.headers["content-security-policy"]
        assert '<img src="https://p.example/x.png"' in shown.text
        assert "img-src 'self' https: http:;" in shown.headers["content-security-policy"]
        room.serve = Serve(images=True)
        assert room.get(f"/article/{quote(path)}").text == shown.text

    def test_a_picture_of_the_archive_is_given_out_harmlessly(self, room: Newsroom) -> None:
        place = room.config.archive / "assets"
        place.mkdir()
        (place / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        found = room.get("/file/assets/a.svg")
        assert found.headers["content-type"] == "image/svg+xml"
        assert found.headers["content-security-policy"].endswith("; sandbox")
        assert room.get("/file/assets/b.svg").status_code == 404
        assert room.get(f"/file/{quote(room.path(1))}").status_code == 404, "posts are no pictures"


class TestChanges:
    def test_earlier_texts_are_compared(self, room: Newsroom) -> None:
        path = room.path(1)
        now = (room.config.archive / path).read_text()
        room.world.revisions.put(f"{path[:-3]}/20211119T060000Z.md", now.replace("at dawn", "at noon").encode())
        room.world.revisions.put(f"{path[:-3]}/20211118T060000Z-2.md", now.replace("Story", "Tale").encode())
        room.world.revisions.put(f"{path[:-3]}/notes.md", b"no revision")
        assert "What changed: 2 earlier texts" in room.get(f"/article/{quote(path)}").text
        found = room.get(f"/changes/{quote(path)}")
        assert problems(found.text) == []
        page = soup(found.text, "html.parser")
        assert [tag.text for tag in page.find_all("del")] == ["noon", "Tale <1> & more", "dawn"]
        assert [tag.text for tag in page.find_all("ins")] == ["dawn", "Story <1> & more", "noon"]

    def test_none_was_kept(self, room: Newsroom) -> None:
        path = room.path(1)
        assert "What changed" not in room.get(f"/article/{quote(path)}").text
        assert "No earlier text was kept" in room.get(f"/changes/{quote(path)}").text


def test_what_is_not_there_is_said_as_a_page_or_as_a_line(room: Newsroom) -> None:
    page, line = room.get("/nothing"), room.get("/nothing", accept="*/*")
    assert (page.status_code, problems(page.text)) == (404, [])
    assert (line.status_code, line.text) == (404, "There is nothing here.\n")
    assert room.get("/article/x.md").text.count("There is no such post in the archive.") == 1


def test_a_state_that_cannot_be_read_is_said_and_opened_anew(room: Newsroom) -> None:
    place = room.config.archive / ".crawler" / "state.db"
    aside = place.with_name("aside")
    place.rename(aside)
    found = room.get("/archive")
    assert found.status_code == 503
    assert "there is none yet" in found.text
    aside.rename(place)
    assert room.get("/archive").status_code == 200


def test_a_page_is_sent_again_only_when_it_changed(room: Newsroom) -> None:
    first = room.get("/archive")
    assert first.headers["cache-control"] == "no-cache, private"
    again = room.get("/archive", if_none_match=f'W/{first.headers["etag"]}, "x"')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    room.world.later(hours=1)
    assert room.get("/archive", if_none_match=first.headers["etag"]).status_code == 200


def test_a_state_that_breaks_meanwhile_is_opened_anew(room: Newsroom) -> None:
    """As where a run set it aside and made another one."""
    opened: list[Any] = []

    class Broken:
        @property
        def shelf(self) -> Any:
            raise StateError("the table 'url' is missing")

        def close(self) -> None:
            opened.append("closed")

    async def at_work(_: Any, shop: Any) -> list[int]:
        states: Any = iter([Broken()])
        parts = Parts(
            shop, room.configured, report, lambda: next(states, None) or open_reader(room.config.state), Pulse(START)
        )
        with Desk(parts) as desk:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(make_app(desk)), base_url=HOST) as client:
                return [(await client.get("/archive")).status_code for _ in range(2)]

    assert room.open(at_work) == [503, 200]
    assert opened == ["closed"]
