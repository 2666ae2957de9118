"""The whole way with an archive on S3: commands as a user types them, a run that is killed, the web face."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from crawler import search
from crawler.archive import OpenArchive, below, open_archive
from crawler.search import Index
from tests.conftest import Desk
from tests.fakes import article, says
from tests.newsroom import Newsroom
from tests.objects import BUCKET, Environ, Objects, empty, serving

PLACE = f"s3://{BUCKET}/news"
POSTS = [f"_posts/2021-11-20-Story {n}.md" for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def server() -> Iterator[Objects]:
    with serving() as objects:
        yield objects


@pytest.fixture
def s3(server: Objects) -> Objects:
    empty()
    server.requests.clear()
    return server


@pytest.fixture
def there(s3: Objects) -> OpenArchive:
    return open_archive(PLACE)


@pytest.fixture
def far(desk: Desk, s3: Objects) -> Desk:
    """A desk whose posts go to the store."""
    return desk.configure(archive=PLACE)


def posts(there: OpenArchive) -> dict[str, bytes | None]:
    return {path: there.read(path) for path in there.list()}


class TestCommands:
    def test_file_posts_once_and_verify_them(self, far: Desk, there: OpenArchive) -> None:
        assert far.run("run") == (0, "1 source polled; 3 articles archived\n", "")
        assert list(there.list()) == POSTS
        assert not (far.folder / "archive").exists()
        here = {place.relative_to(far.folder).as_posix() for place in far.folder.rglob("*") if place.is_file()}
        assert {name.partition("-")[0] for name in here} == {
            "config.yaml", ".crawler/lock", ".crawler/state.db", ".crawler/search.db",
        }  # fmt: skip
        written = posts(there)
        assert far.later(hours=1).run("run", "--force").out == "1 source polled; 0 articles archived\n"
        assert far.targets == ["/feed"]
        assert far.run("verify") == (0, "all is well\n", "")
        assert far.run("status").code == 0
        assert posts(there) == written

    def test_make_the_state_anew_from_the_listing(self, far: Desk, there: OpenArchive) -> None:
        far.run("run")
        written = posts(there)
        (far.folder / ".crawler/state.db").unlink()
        said = far.later(hours=1).run("run")
        assert said.code == 0
        assert "the state was made anew from 3 posts of the archive; none of them is fetched again" in said.err
        assert far.targets == ["/feed"]
        assert (
            far.run("rebuild").out.splitlines()[1] == "3 articles known from the archive; none of them is fetched again"
        )
        assert far.run("verify") == (0, "all is well\n", "")
        assert posts(there) == written

    def test_search_what_was_filed_and_what_others_changed(self, far: Desk, there: OpenArchive, s3: Objects) -> None:
        far.run("run")
        s3.requests.clear()
        found = far.run("search", "story", "2")
        assert f"  {PLACE}/{POSTS[1]}" in found.out
        assert s3.count("GET") < 10, "posts that did not change are not read again"
        open_archive(PLACE).forget([(POSTS[1], POSTS[1])])  # somebody removed it
        assert far.later(hours=2).run("search", "story", "2").out.count("s3://") == 0
        index = Index(far.folder / ".crawler/search.db", PLACE)
        assert search.standing(index).files == 2

    def test_move_old_posts(self, far: Desk, there: OpenArchive) -> None:
        far.run("run")
        written = posts(there)
        said = far.later(days=400).run("archive", "--older-than", "365d")
        assert said[:2] == (0, "3 posts moved into _archive\n")
        assert posts(there) == {path.replace("_posts/", "_archive/"): data for path, data in written.items()}
        assert far.run("verify") == (0, "all is well\n", "")
        far.run("run")
        assert far.targets == ["/feed"]

    def test_step_round_a_strangers_post(self, far: Desk, there: OpenArchive) -> None:
        far.run("run", "--limit", "0")
        there.put(POSTS[0], b"---\nfrom: https://elsewhere.example/\n---\n")
        assert far.run("run").out == "0 sources polled; 3 articles archived\n"
        assert list(there.list()) == ["_posts/2021-11-20-Story 1-2.md", *POSTS]

    def test_rewrite_what_changed_and_keep_what_was(self, far: Desk, there: OpenArchive) -> None:
        source = {"name": "Harbour", "url": f"{far.base}/feed", "recheck": ["1h"], "keep_revisions": True}
        far.configure(source, archive=PLACE).run("run")
        before = there.read(POSTS[0])
        far.routes["/1"] = says(article(1).replace("dawn", "noon"), Content_Type="text/html")
        assert far.later(hours=2).run("run").code == 0
        after = there.read(POSTS[0])
        assert before is not None
        assert after is not None
        assert after == before.replace(b"dawn", b"noon") != before
        kept = open_archive(below(PLACE, ".revisions"))
        assert [kept.read(path) for path in kept.list()] == [before]

    def test_end_with_words_where_the_store_refuses(self, far: Desk, s3: Objects) -> None:
        with s3.meddled(lambda _: "403 Access Denied"):
            for command in ("run", "rebuild"):
                said = far.run(command)
                assert said.code == 6
                assert f"{PLACE}: 403 Access Denied was said" in said.err
        assert far.targets == []

    def test_tell_what_is_configured(self, far: Desk) -> None:
        assert f"archive {PLACE}, state sqlite:///{far.folder}/.crawler/state.db" in far.run("config", "check").out
        said = far.configure(archive="memory://x").run("config", "check")
        assert said.code == 0
        assert "warning: archive: the posts are gone when the program ends" in said.err
        assert "Protocol not known" in far.configure(archive="nowhere://x").run("config", "check").err


class TestKilled:
    """A run is killed while the store is at it; the next one ends well."""

    PROGRAM = "import sys; from crawler.cli import outcome; sys.exit(outcome(sys.argv[1:]))"

    def begin(self, desk: Desk) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", self.PROGRAM, "run", "--config", str(desk.config)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @pytest.mark.parametrize("is_written", [False, True])
    @pytest.mark.parametrize("number", [1, 3])
    def test_at_a_post(
        self, number: int, is_written: bool, far: Desk, there: OpenArchive, s3: Objects, tmp_path: Path
    ) -> None:
        whole, process = dict[str, bytes | None](), [self.begin(far)]
        assert process[0].communicate(timeout=60) == ("1 source polled; 3 articles archived\n", "")
        whole |= posts(there)
        empty()
        (far.folder / ".crawler/state.db").unlink()
        seen = [0]

        def kill(request: Environ) -> str | None:
            if request["REQUEST_METHOD"] == "PUT" and "_posts" in request["PATH_INFO"]:
                seen[0] += 1
                if seen[0] == number:
                    os.kill(process[0].pid, signal.SIGKILL)
                    process[0].wait()
                    return "cut" if is_written else "503 Gone"
            return None

        with s3.meddled(kill):
            process[0] = self.begin(far)
            process[0].communicate(timeout=60)
        assert process[0].returncode == -signal.SIGKILL
        assert posts(there).items() <= whole.items()
        assert self.begin(far).communicate(timeout=60)[1].count("error") == 0
        assert posts(there) == whole
        assert far.run("verify").code == 0


@pytest.fixture
def room(tmp_path: Path, there: OpenArchive) -> Newsroom:
    room = Newsroom(tmp_path / "here")
    room.config = replace(room.config, store=PLACE)
    room.world.archive, room.world.revisions = there, open_archive(below(PLACE, ".revisions"))
    return room.run()


class TestWeb:
    def test_shows_articles_changes_and_feeds(self, room: Newsroom, there: OpenArchive) -> None:
        path = room.path(1)
        text = there.read(path)
        assert text is not None
        shown = room.get(f"/article/{quote(path)}")
        assert shown.status_code == 200
        assert "What changed" not in shown.text
        room.world.revisions.put(f"{path[:-3]}/20211119T060000Z.md", text.replace(b"at dawn", b"at noon"))
        assert "What changed: 1 earlier text" in room.get(f"/article/{quote(path)}").text
        assert "<del>noon</del>" in room.get(f"/changes/{quote(path)}").text
        assert room.get("/feed.xml").text.count("at dawn") == 4
        for name in ("../x.md", ".revisions/x.md", "_posts/none.md"):
            assert room.get(f"/article/{quote(name)}").status_code == 404

    def test_searches_them(self, room: Newsroom) -> None:
        index = Index(room.folder / "search.db", PLACE)
        search.walk(index, room.world.clock.now())
        room.search = partial(search.search, index)
        found = room.get("/search?q=story").text
        assert quote(room.path(1)) in found


def test_nothing_of_it_is_loaded_for_a_folder(desk: Desk) -> None:
    program = (
        "import sys; from crawler.cli import outcome; code = outcome(sys.argv[1:]); "
        "print(sorted(name for name in ('fsspec', 's3fs', 'botocore') if name in sys.modules)); sys.exit(code)"
    )
    words = [sys.executable, "-c", program, "run", "--config", str(desk.config)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")
