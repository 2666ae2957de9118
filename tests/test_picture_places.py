"""Where else pictures of the archive matter: verify, archive, search, status, fetch, git, the web face."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest

from crawler.cli.indexing import Noting
from crawler.inventory import verify
from crawler.model import Serve, Source, Tally
from crawler.search.texts import text_of
from crawler.shelving import find, finish, shelve
from tests.conftest import Desk
from tests.fakes import World, answer, rss, says, stories
from tests.newsroom import BASE, HARBOUR, HOST, Newsroom
from tests.pictures import JPEG, PNG, SVG, asset, shows
from tests.test_gallery import KEEPS, POST, P, Q, text, world
from tests.test_shelving import Cut, Dying

OLD = f"old/2021/{POST[7:]}"


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world with a post that shows a picture from here and one from there."""
    there = world(tmp_path, P, Q)
    there.pages[Q] = answer(status=404)
    there.run()
    return there


def findings(there: World) -> list[tuple[str, str, str]]:
    return [(one.kind, one.path, one.text) for one in verify(there.archive, there.state)]


class TestVerify:
    def test_finds_a_picture_that_rotted(self, there: World, tmp_path: Path) -> None:
        (tmp_path / asset(PNG)).write_bytes(PNG[:-1])
        assert findings(there) == [("broken", asset(PNG), "the picture is not the one that it is called after")]
        assert all(one.is_fault for one in verify(there.archive, there.state))

    def test_finds_a_picture_that_is_gone(self, there: World, tmp_path: Path) -> None:
        (tmp_path / asset(PNG)).unlink()
        assert findings(there) == [("missing", asset(PNG), f"a picture that is not there is shown by {POST}")]

    @pytest.mark.parametrize(
        "source",
        [
            replace(KEEPS, image_links="root"),
            replace(KEEPS, image_links="root", format="hugo", path="content/{title}.md"),
        ],
    )
    def test_knows_those_that_are_named_from_the_root(self, tmp_path: Path, source: Source) -> None:
        there = world(tmp_path, P, source=source)
        there.run()
        assert findings(there) == []
        for path in list(there.archive.assets()):
            (tmp_path / path).unlink()
        assert [one[:2] for one in findings(there)] == [("missing", asset(PNG))]


class TestMovingPosts:
    def move(self, there: World, into: str = "old/2021", state: Any = None, archive: Any = None) -> None:
        old = list(find(there.archive, there.state, there.clock.now(), into))
        assert shelve(archive or there.archive, state or there.state, old)

    def test_as_deep_leaves_the_bytes_and_deeper_leads_to_the_pictures(self, there: World) -> None:
        before = text(there)
        self.move(there, "_archive")
        assert text(there, f"_archive/{POST[7:]}") == before
        self.move(there)
        assert text(there, OLD) == before.replace("(../assets/", "(../../assets/")
        assert list(there.posts) == [OLD]
        assert findings(there) == []
        assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize(
        ("who", "step"),
        [("state", "plan_moves"), ("archive", "name_also"), ("state", "carry_out"), ("archive", "forget")],
    )
    def test_a_move_that_is_cut_off_is_finished(self, there: World, who: str, step: str, after: bool) -> None:
        before = text(there)
        whole = there.state if who == "state" else there.archive
        with pytest.raises(Cut):
            self.move(there, **dict[str, Any]({who: Dying(whole, step, after=after)}))
        planned = there.state.planned_moves()
        finish(there.archive, there.state)
        assert list(there.posts) == [OLD if planned else POST]
        assert text(there, *there.posts) in (before, before.replace("(../assets/", "(../../assets/"))
        assert findings(there) == []

    def test_an_edited_post_is_moved_as_it_is_but_for_its_pictures(self, there: World, tmp_path: Path) -> None:
        (tmp_path / POST).write_text(text(there) + "mine ![x](../mine.png)")
        self.move(there)
        assert text(there, OLD).endswith("mine ![x](../mine.png)")
        assert f"(../../{asset(PNG)})" in text(there, OLD)
        assert [one[0] for one in findings(there)] == ["edited"]


def test_a_search_does_not_find_paths(there: World) -> None:
    found = text_of(there.archive.read(POST))
    assert "ferry" in found
    assert "assets" not in found
    assert "png" not in found


def test_the_index_is_not_told_of_pictures(there: World) -> None:
    noting = Noting(there.archive)
    noting.put(asset(JPEG), JPEG)
    assert not noting.has_news
    assert list(noting.assets()) == sorted([asset(PNG), asset(JPEG)])


class TestCommands:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        pictures = (f"{desk.base}/p.png", f"{desk.base}/gone.png", f"{desk.base}/late.png")
        desk.routes |= {
            "/1": says(shows(*pictures), Content_Type="text/html"),
            "/p.png": says(PNG),
            "/late.png": says(status=500),
            "/feed": says(rss(*stories(desk.base, 1)), ETag='"1"'),
        }
        return desk.configure(defaults={"images": "download"})

    def test_run_says_how_many_were_kept_and_none_makes_it_ill(self, desk: Desk) -> None:
        said = desk.run("run")
        assert (said.code, said.out) == (0, "1 source polled; 1 article archived; 1 picture kept\n")

    def test_status_tells_of_them(self, desk: Desk) -> None:
        desk.run("run")
        said = desk.run("status")
        assert said.code == 0
        assert "images: 1 pending, 1 dead\n" in said.out
        assert f"  image dead: {desk.base}/gone.png\n    HTTP 404 Not Found (tries: 1; source: Harbour)\n" in said.out
        found = json.loads(desk.run("status", "--json").out)
        assert found["images"] == {"pending": 1, "dead": 1}
        assert [(one["kind"], one["state"], one["url"]) for one in found["failures"]] == [
            ("image", "pending", f"{desk.base}/late.png"),
            ("image", "dead", f"{desk.base}/gone.png"),
        ]
        assert desk.run("verify").out == "all is well\n"

    def test_an_article_by_hand_brings_its_own(self, desk: Desk) -> None:
        said = desk.run("fetch", f"{desk.base}/1")
        assert said.code == 0
        assert f"(../{asset(PNG)})" in (desk.archive / said.out.strip()).read_text()

    def test_a_dry_run_writes_none(self, desk: Desk) -> None:
        assert "/p.png" in desk.run("fetch", "--dry-run", f"{desk.base}/1").out
        desk.run("run", "--dry-run")
        assert not (desk.archive / "assets").exists()

    def test_prometheus_reads_them(self, desk: Desk) -> None:
        desk.run("run", "--metrics-file", str(desk.folder / "x.prom"))
        told = (desk.folder / "x.prom").read_text()
        assert 'crawler_images{state="pending"} 1.0\n' in told
        assert 'crawler_run_tally{kind="run",what="pictures"} 1.0\n' in told


class TestWebFace:
    @pytest.fixture
    def room(self, tmp_path: Path) -> Newsroom:
        room = Newsroom(tmp_path, sources=({**HARBOUR, "images": "download"},))
        room.world.pages |= {f"{BASE}/1": shows(f"{BASE}/p.png", f"{BASE}/gone.png"), f"{BASE}/p.png": answer(PNG)}
        return room.run()

    @pytest.mark.parametrize("serve", [Serve(), Serve(images=True)])
    def test_shows_a_local_picture_whatever_is_wanted_of_others(self, room: Newsroom, serve: Serve) -> None:
        room.serve = serve
        found = room.get(f"/article/{quote(room.path(1))}")
        assert f'<img src="/file/{asset(PNG)}" alt="Picture 1" loading="lazy">' in found.text
        assert (f'<img src="{BASE}/gone.png"' in found.text) == serve.images
        assert "img-src 'self'" in found.headers["content-security-policy"]

    def test_gives_it_out_as_what_it_is(self, room: Newsroom) -> None:
        found = room.get(f"/file/{asset(PNG)}")
        assert (found.content, found.headers["content-type"]) == (PNG, "image/png")
        assert found.headers["x-content-type-options"] == "nosniff"
        place = room.config.archive / asset(PNG)
        place.write_bytes(JPEG)
        assert room.get(f"/file/{asset(PNG)}").headers["content-type"] == "image/jpeg"
        place.write_bytes(SVG)
        assert room.get(f"/file/{asset(PNG)}").status_code == 404

    @pytest.mark.parametrize("ending", ["xml", "json"])
    def test_its_feeds_name_it_in_full(self, room: Newsroom, ending: str) -> None:
        found = room.get(f"/feed/Harbour.{ending}", accept="*/*")
        if ending == "xml":
            texts = [one.content[0].value for one in feedparser.parse(found.content).entries]
        else:
            texts = [one["content_html"] for one in found.json()["items"]]
        assert any(f'src="{HOST}/file/{asset(PNG)}"' in one for one in texts)

    def test_finds_hugos_in_static(self, tmp_path: Path) -> None:
        room = Newsroom(tmp_path, sources=({**HARBOUR, "images": "download", "format": "hugo"},))
        room.world.pages |= {f"{BASE}/1": shows(f"{BASE}/p.png"), f"{BASE}/p.png": answer(PNG)}
        room.run()
        assert f'src="/file/{asset(PNG)}"' in room.get(f"/article/{quote(room.path(1))}").text
        assert room.get(f"/file/{asset(PNG)}").content == PNG
