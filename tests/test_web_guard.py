"""The door: hosts, token, login, headers, and what hostile requests get."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from bs4 import BeautifulSoup

from crawler import urls
from crawler.model import Serve
from crawler.web import guard
from crawler.web.guard import is_known
from tests.newsroom import HARBOUR, Newsroom
from tests.test_web_pages import problems

TOKEN = "correct-horse-battery"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr(guard, "THOUGHT_S", 0.0)
    return Newsroom(tmp_path / "room", Serve(token=TOKEN)).run()


@pytest.mark.parametrize(
    ("host", "serve", "known"),
    [
        ("127.0.0.1:8080", Serve(), True),
        ("127.9.9.9", Serve(), True),
        ("localhost:1", Serve(), True),
        ("LOCALHOST", Serve(), True),
        ("desk.localhost", Serve(), True),
        ("[::1]:8080", Serve(), True),
        ("evil.example", Serve(), False),
        ("127.0.0.1.evil.example", Serve(), False),
        ("localhost.evil.example", Serve(), False),
        ("127.0.0.1@evil.example", Serve(), False),
        ("", Serve(), False),
        ("", Serve("0.0.0.0"), False),
        ("news.example", Serve("0.0.0.0"), True),
        ("news.example", Serve(hosts=("news.example",)), True),
        ("localhost", Serve(hosts=("news.example",)), True),
        ("evil.example", Serve("0.0.0.0", hosts=("news.example",)), False),
        ("localhost", Serve("0.0.0.0", hosts=("news.example",)), False),
        ("192.168.1.1", Serve("::1"), False),
    ],
)
def test_only_its_own_names_are_known(host: str, serve: Serve, known: bool) -> None:
    assert is_known(host, serve) is known


def test_another_name_is_refused_before_anything_else(room: Newsroom) -> None:
    found = room.get("/healthz", host="http://rebound.example:8080")
    assert found.status_code == 421
    assert "crawler" not in found.text


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/archive", "/nothing", "/feed.xml", "/healthz", "/style.css", "/order"])
    def test_every_answer_has_them(self, tmp_path: Path, path: str) -> None:
        headers = Newsroom(tmp_path / "room").run().get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"]
        assert "script-src" not in headers["content-security-policy"]

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
    def test_other_methods_are_refused(self, room: Newsroom, method: str) -> None:
        found = room.visit(lambda client, _: client.request(method, "/"))
        assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, POST")

    def test_head_says_the_same_as_get(self, tmp_path: Path) -> None:
        room = Newsroom(tmp_path / "room").run()
        head = room.visit(lambda client, _: client.head("/archive", headers={"accept": "text/html"}))
        assert head.status_code == 200
        assert head.headers["etag"] == room.get("/archive").headers["etag"]


class TestToken:
    def test_without_it_people_are_led_to_the_login(self, room: Newsroom) -> None:
        found = room.get("/archive?source=%E8%81%94&page=2")
        assert found.status_code == 303
        assert found.headers["location"] == "/login?next=" + quote("/archive?source=%E8%81%94&page=2", safe="")
        page = room.get(found.headers["location"])
        assert (page.status_code, problems(page.text)) == (200, [])
        assert "Harbour" not in page.text
        assert "/archive" not in str(BeautifulSoup(page.text, "html.parser").header)

    @pytest.mark.parametrize("path", ["/feed.xml", "/metrics", "/opml", "/file/x.png", "/healthz/../", "/nothing"])
    def test_and_programs_get_a_401(self, room: Newsroom, path: str) -> None:
        found = room.get(path, accept="*/*")
        assert found.status_code == 401
        assert found.headers["www-authenticate"].startswith('Basic realm="crawler"')

    @pytest.mark.parametrize(
        "header", [f"Bearer {TOKEN}", "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()]
    )
    def test_with_it_they_get_what_they_ask_for(self, room: Newsroom, header: str) -> None:
        assert room.get("/feed.xml", accept="*/*", authorization=header).status_code == 200
        assert room.get("/", authorization=header).status_code == 200

    @pytest.mark.parametrize(
        "header", ["Bearer x", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer"]
    )
    def test_a_wrong_one_is_refused(self, room: Newsroom, header: str) -> None:
        assert room.get("/feed.xml", accept="*/*", authorization=header).status_code == 401

    def test_health_is_told_to_all_without_names(self, room: Newsroom) -> None:
        found = room.get("/healthz", accept="*/*")
        assert (found.status_code, found.json()) == (200, {"status": "ok", "crawler": 0, "sources": 0})
        assert room.get("/style.css").status_code == 200
        assert room.get("/favicon.ico").content == room.get("/icon.svg").content
        assert room.get("/favicon.ico").headers["content-type"] == "image/svg+xml"

    def test_a_bearer_orders_without_a_form(self, room: Newsroom) -> None:
        fields = {"order": "pause", "source": urls.key(HARBOUR["url"]).hex()}
        header = f"Bearer {TOKEN}"
        assert room.post("/order", fields, authorization=header, origin="null").status_code == 303
        assert room.row("Harbour").paused is not None

    def test_a_basic_password_orders_only_by_our_forms(self, room: Newsroom) -> None:
        """A browser sends it along by itself, for other sites' forms too."""
        fields = {"order": "pause", "source": urls.key(HARBOUR["url"]).hex()}
        header = "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()
        assert room.post("/order", fields, authorization=header).status_code == 403

    def test_many_wrong_ones_at_once_are_not_looked_at(self, room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guard, "THOUGHT_S", 3600.0)

        async def storm(client: httpx.AsyncClient, _: Any) -> int:
            sent = {"authorization": "Bearer wrong"}
            tries = [asyncio.create_task(client.get("/feed.xml", headers=sent)) for _ in range(guard.THOUGHTS)]
            for _ in range(50):
                await asyncio.sleep(0)
            last = await client.get("/feed.xml", headers=sent)
            for one in tries:
                one.cancel()
            await asyncio.gather(*tries, return_exceptions=True)
            return last.status_code

        assert room.visit(storm) == 429


class TestLogin:
    def login(self, room: Newsroom, token: str, onward: str = "/archive?source=Harbour") -> httpx.Response:
        return room.post("/login", {"mark": room.mark("/login"), "token": token, "next": onward})

    def test_who_has_the_token_stays_in(self, room: Newsroom) -> None:
        found = self.login(room, TOKEN)
        assert (found.status_code, found.headers["location"]) == (303, "/archive?source=Harbour")
        cookie = next(c for c in found.headers.get_list("set-cookie") if c.startswith("crawler_session="))
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert TOKEN not in cookie
        assert room.get("/").status_code == 200
        assert "Poll now" in room.get("/").text, "who is in may order"
        room.world.later(days=31)
        assert room.get("/").status_code == 303

    def test_a_cookie_is_secure_where_the_page_is(self, room: Newsroom) -> None:
        found = room.get("/login", host="https://localhost")
        assert "Secure" in found.headers["set-cookie"]

    def test_who_has_it_not_is_told(self, room: Newsroom) -> None:
        found = self.login(room, "wrong-wrong")
        assert (found.status_code, problems(found.text)) == (401, [])
        assert "This is not the token" in found.text
        assert room.get("/").status_code == 303

    def test_a_form_of_another_site_logs_nobody_in(self, room: Newsroom) -> None:
        mark = room.mark("/login")
        found = room.post("/login", {"mark": mark, "token": TOKEN}, origin="http://evil.example")
        assert found.status_code == 403
        assert room.post("/login", {"token": TOKEN}).status_code == 403

    def test_one_goes_on_within_only(self, room: Newsroom) -> None:
        assert self.login(room, TOKEN, "//evil.example").headers["location"] == "/"

    def test_and_out(self, room: Newsroom) -> None:
        self.login(room, TOKEN)
        assert room.post("/logout", {"mark": room.mark()}).headers["location"] == "/login"
        assert room.get("/").status_code == 303

    def test_another_token_ends_the_session(self, room: Newsroom) -> None:
        self.login(room, TOKEN)
        room.serve = Serve(token="another-one-now")
        assert room.get("/").status_code == 303

    def test_without_a_token_there_is_nothing_to_log_in_to(self, room: Newsroom) -> None:
        room.serve = Serve()
        found = room.get("/login?next=//evil.example")
        assert (found.status_code, found.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "path",
    ["/article/%2e%2e%2f", "/feed/%00.xml", "/" + "a" * 9000, "/feed/" + "%ff" * 99 + ".xml", "/archive?" + "&" * 9000],
)
def test_hostile_addresses_are_answered(tmp_path: Path, path: str) -> None:
    found = Newsroom(tmp_path / "room").run().get(path)
    assert found.status_code in (200, 404)


def test_what_is_no_request_is_let_go(room: Newsroom) -> None:
    async def job(client: httpx.AsyncClient, _: Any) -> None:
        app = client._transport.app  # type: ignore[attr-defined]
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "websocket"}, None, send)
        assert sent == []

    room.visit(job)
