"""An archive on S3: what is asked of the store, what goes wrong with it, what comes of that."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from s3fs import S3FileSystem

from crawler.archive import caveat, file_hash, open_archive, stores
from crawler.archive.objects import TRIES, ObjectArchive
from crawler.archive.stores import AnyStore, open_store
from crawler.errors import ArchiveError, ConfigError, PathTaken
from tests.objects import BUCKET, Environ, Meddler, Objects, empty, serving, times

PLACE = f"s3://{BUCKET}/news"
POST = "_posts/2021-11-20-x.md"
SLOW = "503 Slow Down"


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
def pauses() -> list[float]:
    return []


@pytest.fixture
def archive(s3: Objects, pauses: list[float]) -> ObjectArchive:
    return ObjectArchive(open_store(PLACE), PLACE, pauses.append)


def both(*meddlers: Meddler) -> Meddler:
    return lambda request: next(filter(None, [meddle(request) for meddle in meddlers]), None)


class TestConditions:
    def test_are_the_stores_own(self, archive: ObjectArchive, s3: Objects) -> None:
        seen: list[tuple[str | None, str | None]] = []

        def note(request: Environ) -> None:
            if request["REQUEST_METHOD"] == "PUT":
                seen.append((request.get("HTTP_IF_NONE_MATCH"), request.get("HTTP_IF_MATCH")))

        with s3.meddled(note):
            archive.put(POST, b"one")
            archive.put(POST, b"two", over=file_hash(b"one"))
        assert seen == [("*", None), (None, '"f97c5d29941bfb1b2fdab0874906ab82"')]  # MD5 of "one"

    @pytest.mark.parametrize("over", [None, b"one"])
    def test_refuse_who_comes_second_however_close(
        self, over: bytes | None, archive: ObjectArchive, s3: Objects
    ) -> None:
        if over is not None:
            archive.put(POST, over)
        begun = [False]

        def another(request: Environ) -> None:  # after it was looked at, before it is written
            if request["REQUEST_METHOD"] == "PUT" and not begun[0]:
                begun[0] = True
                open_archive(PLACE).put(POST, b"theirs", over=over and file_hash(over))

        with s3.meddled(another), pytest.raises(PathTaken):
            archive.put(POST, b"ours", over=over and file_hash(over))
        assert archive.read(POST) == b"theirs"

    def test_refuse_to_replace_what_is_gone_meanwhile(self, archive: ObjectArchive, s3: Objects) -> None:
        archive.put(POST, b"one")

        def remove(request: Environ) -> None:
            if request["REQUEST_METHOD"] == "PUT":
                open_store(PLACE).remove(POST)

        with s3.meddled(remove), pytest.raises(PathTaken, match="not as we left it"):
            archive.put(POST, b"two", over=file_hash(b"one"))
        assert archive.read(POST) is None

    def test_that_are_not_heeded_are_told(
        self, archive: ObjectArchive, s3: Objects, caplog: pytest.LogCaptureFixture
    ) -> None:
        def forget(request: Environ) -> None:
            request.pop("HTTP_IF_NONE_MATCH", None)

        with s3.meddled(forget):
            archive.check_writable()
            archive.put(POST, b"one")
            for hidden in (times(0, ""), times(1, SLOW, "HEAD")):
                with s3.meddled(both(forget, hidden)), pytest.raises(PathTaken):  # for it is looked first
                    archive.put(POST, b"two")
        assert caplog.messages == [f"{PLACE}: the store heeds no If-None-Match: let one machine alone write there"]


class TestFaults:
    @pytest.mark.parametrize("fault", [SLOW, "500 Internal Error", "409 Conditional Request Conflict", "cut"])
    def test_that_pass_are_waited_for(
        self, fault: str, archive: ObjectArchive, s3: Objects, pauses: list[float]
    ) -> None:
        with s3.meddled(times(2, fault)):
            archive.put(POST, b"one")
        assert archive.read(POST) == b"one"
        with s3.meddled(times(1, fault)):
            assert list(archive.list()) == [POST]
        if fault != "cut":  # aiohttp may have asked again by itself
            assert len(pauses) == 3
            assert 0.1 < pauses[0] < pauses[1] < 1

    def test_that_do_not_pass_end_it_at_once(self, archive: ObjectArchive, s3: Objects, pauses: list[float]) -> None:
        with s3.meddled(times(9, "403 Access Denied", "PUT")), pytest.raises(ArchiveError) as caught:
            archive.put(POST, b"one")
        assert str(caught.value) == f"{POST}: 403 Access Denied was said"
        assert s3.count("PUT") == 1
        assert pauses == []

    def test_that_last_end_it_after_some_tries(self, archive: ObjectArchive, s3: Objects, pauses: list[float]) -> None:
        with s3.meddled(lambda _: SLOW), pytest.raises(ArchiveError, match=f"{POST}: .*503 Slow Down") as caught:
            archive.read(POST)
        assert not isinstance(caught.value, PathTaken)
        assert len(s3.requests) == TRIES == len(pauses) + 1

    @pytest.mark.parametrize("over", [None, b"one"])
    def test_an_answer_that_was_lost_is_no_strangers_post(
        self, over: bytes | None, archive: ObjectArchive, s3: Objects
    ) -> None:
        if over is not None:
            archive.put(POST, over)
        with s3.meddled(times(1, "cut", "PUT")):
            archive.put(POST, b"ours", over=over and file_hash(over))
        assert archive.read(POST) == b"ours"
        with s3.meddled(times(1, "cut", "PUT")), pytest.raises(PathTaken):
            archive.put(POST, b"another")

    def test_a_store_that_is_silent_is_left(
        self, archive: ObjectArchive, s3: Objects, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stores, "CALL_S", 0.2)
        ended = Event()
        with s3.meddled(lambda _: "503 Too Late" if ended.wait(20) else None):
            with pytest.raises(ArchiveError, match=f"{POST}: no answer in time"):
                archive.read(POST)
            ended.set()

    def test_a_store_that_is_not_there(self, s3: Objects, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        S3FileSystem.clear_instance_cache()
        archive = ObjectArchive(open_store(PLACE), PLACE, pauses.append)
        with pytest.raises(ArchiveError, match=r"_posts/.*: Could not connect to the endpoint"):
            archive.read(POST)
        assert len(pauses) == TRIES - 1
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        S3FileSystem.clear_instance_cache()
        archive = ObjectArchive(open_store(PLACE), PLACE, pauses.append)
        with pytest.raises(ArchiveError, match="Unable to locate credentials"):
            archive.check_writable()
        assert len(pauses) == TRIES - 1
        S3FileSystem.clear_instance_cache()

    def test_a_bucket_that_is_not_there_is_not_taken_for_an_empty_one(self, s3: Objects) -> None:
        archive = open_archive("s3://nowhere/news")
        for ask in (lambda: archive.read(POST), lambda: list(archive.list()), archive.check_writable):
            with pytest.raises(ArchiveError, match="bucket"):
                ask()

    def test_what_cannot_be_looked_into_is_listed(self, archive: ObjectArchive, s3: Objects) -> None:
        for name in ("no suffix", "picture.JPG"):
            open_store(PLACE).create(name, b"text")
        with s3.meddled(times(1, "403 Forbidden", "GET", "no suffix")):
            assert list(archive.list()) == ["no suffix"]
        assert s3.count("GET") == 2  # the page and the one name: a picture is not asked for

    def test_bugs_are_not_taken_for_faults(self) -> None:
        nothing: Any = object()
        with pytest.raises(AttributeError):
            ObjectArchive(nothing, PLACE).read(POST)


class TestListing:
    def test_comes_page_by_page(self, archive: ObjectArchive, s3: Objects) -> None:
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for n in range(2500):
            backend.put_object(BUCKET, f"news/_posts/{n:04}.md", b"x")
        backend.put_object(BUCKET, "news/", b"")
        backend.put_object(BUCKET, "news/_posts/", b"")  # as some programs mark a folder
        backend.put_object(BUCKET, "news//x.md", b"")
        backend.put_object(BUCKET, "newspaper.md", b"x")
        listed = archive.list()
        assert next(listed) == "_posts/0000.md"
        assert len(s3.requests) == 1
        assert [*listed] == [f"_posts/{n:04}.md" for n in range(1, 2500)]
        assert len(s3.requests) == 3


class TestMoving:
    def test_earlier_texts_stay_where_others_stand(self, archive: ObjectArchive) -> None:
        revisions = open_archive(f"{PLACE}/.revisions")
        for path, data in {"a/1.md": b"same", "b/1.md": b"same", "a/2.md": b"one", "b/2.md": b"other"}.items():
            revisions.put(path, data)
        archive.take_along([("a.md", "b.md")])
        assert {path: revisions.read(path) for path in revisions.list()} == {
            "a/2.md": b"one",
            "b/1.md": b"same",
            "b/2.md": b"other",
        }

    def test_steps_round_what_comes_between(self, archive: ObjectArchive, s3: Objects) -> None:
        archive.put("a.md", b"text")
        begun = [False]

        def another(request: Environ) -> None:
            if request["REQUEST_METHOD"] == "PUT" and not begun[0]:
                begun[0] = True
                open_archive(PLACE).put("b.md", b"theirs")

        with s3.meddled(another):
            assert archive.name_also([("a.md", "b.md")]) == (False,)
        assert archive.read("b.md") == b"theirs"


class TestStores:
    def test_of_other_kinds_are_told_of(self, tmp_path: Path) -> None:
        assert caveat(tmp_path) == caveat(PLACE) == ""
        assert caveat("memory://x") == "the posts are gone when the program ends"
        assert "let one machine alone write there" in AnyStore(f"file://{tmp_path}").caveat

    def test_that_have_folders_get_them(self, tmp_path: Path) -> None:
        archive = ObjectArchive(AnyStore(f"file://{tmp_path}/posts"), "file://…")
        archive.check_writable()
        archive.put("a/b/c.md", b"one")
        archive.put("a/b/c.md", b"two", over=file_hash(b"one"))
        assert (tmp_path / "posts/a/b/c.md").read_bytes() == b"two"
        assert list(archive.list()) == ["a/b/c.md"]
        archive.forget([("none.md", "a/b/c.md")])
        assert archive.read("a/b") is None

    def test_that_are_asked_over_the_net(self, s3: Objects) -> None:
        store = AnyStore(PLACE)
        assert store.create(POST, b"one")
        assert not store.create(POST, b"two")
        held = store.fetch(POST)
        assert held is not None
        assert (held.data, store.begins(POST, 2)) == (b"one", b"on")
        assert store.replace(POST, b"two", held)
        assert not store.replace(POST, b"three", held)
        assert store.page("", None) == ([], ("_posts",))
        found, rest = store.page("", ("_posts",))
        assert (found, rest) == ([(POST, store.stamp(POST))], ())
        for _ in range(2):
            store.remove(POST)
        assert store.fetch(POST) is None
        assert store.stamp(POST) is None

    def test_that_are_not_known_or_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConfigError, match="archive: nowhere://x: Protocol not known: nowhere"):
            open_archive("nowhere://x")
        monkeypatch.setitem(sys.modules, "s3fs", None)
        with pytest.raises(ConfigError, match=r"archive: s3://… needs what is not installed: pip .*crawler\[s3\]"):
            open_archive(PLACE)
        with pytest.raises(ConfigError, match="archive: gs://… needs what is not installed"):
            caveat("gs://bucket")


def test_nothing_is_said_twice(archive: ObjectArchive, s3: Objects, caplog: pytest.LogCaptureFixture) -> None:
    """What libraries log of each try is theirs; ours is one line, and only for who asks."""
    caplog.set_level(logging.INFO)
    with s3.meddled(times(2, SLOW)):
        archive.put(POST, b"one")
    assert caplog.messages == []
