"""The contract of `State`, over every kind there is: stubs that are to be given their texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler import urls
from crawler.memory import ArticleOutcome, HostState, Watch
from crawler.state import Adopted, State
from tests.states import CHINA, DAY, HOUR, KEY, NOW, WORLD, A, B, C

STUB = Adopted(A.url, "a.md", (CHINA.name,), NOW - 9 * DAY, b"hash")
WATCH = Watch(NOW - DAY, NOW - 9 * DAY, NOW - 9 * DAY, b"hash", due=NOW, is_feeds=True, keeps_head=True)


def enlist(state: State, *posts: Adopted, source: str = CHINA.url) -> int:
    return state.enlist(source, posts or (STUB,), NOW)


def watch(state: State, key: bytes = A.key) -> Watch:
    return state.watched([key])[key]


def checks(state: State) -> list[str]:
    return [job.url for job in state.due_checks(NOW, 9)]


def test_a_stub_is_due_at_once_with_the_hash_of_what_was_seen(state: State) -> None:
    assert enlist(state) == 1
    assert watch(state) == replace(WATCH, filed=STUB.published or NOW)
    (job,) = state.due_checks(NOW, 9)
    assert (job.url, job.path, job.source) == (A.url, "a.md", CHINA.url)
    assert not state.is_whole(), "the archive was not read for that"
    assert enlist(state) == 1, "still waiting"


def test_any_number_at_once(state: State) -> None:
    posts = [Adopted(urls.canonical(f"https://a.example/{n}"), f"{n}.md", (CHINA.name,)) for n in range(1200)]
    assert enlist(state, *posts) == 1200


def test_one_without_a_date_or_of_the_future_is_filed_now(state: State) -> None:
    enlist(state, replace(STUB, published=None), Adopted(B.url, "b.md", (CHINA.name,), NOW + DAY, b"b"))
    assert (watch(state).read, watch(state, B.key).read) == (NOW, NOW)


@pytest.mark.parametrize(
    "other",
    [
        replace(STUB, file_hash=b"edited"),
        replace(STUB, path="second.md"),
        Adopted(C.url, "c.md", ("Other",), None, b"c"),
        Adopted(C.url, "c.md", (), None, b"c"),
    ],
)
def test_edited_ones_second_files_and_those_of_others_are_left(state: State, other: Adopted) -> None:
    state.adopt([STUB], NOW)
    assert enlist(state, other) == 0
    assert state.watched([A.key, C.key]) == {}


def test_one_that_is_the_sources_by_the_state_alone(state: State) -> None:
    state.adopt([STUB], NOW)
    assert enlist(state, replace(STUB, names=())) == 1


def test_one_of_a_source_that_is_gone_comes_to_its_heir(state: State) -> None:
    state.adopt([STUB], NOW)
    heir = replace(WORLD, name="Other")
    state.sync_sources([heir], NOW)
    assert enlist(state, source=heir.url) == 0
    assert enlist(state, replace(STUB, names=("Other",)), source=heir.url) == 1
    assert checks(state) == [A.url]


@pytest.mark.parametrize(
    ("become", "found"),
    [
        ({"due": None}, 0),  # read, and no more was there
        ({"due": NOW + DAY}, 0),  # the same, and an age of the source's to come
        ({"due": None, "revised": 1}, 0),
        ({"due": None, "is_over": True}, 0),
        ({"due": None, "error": "gone"}, 1),
        ({"due": NOW + HOUR, "error": "timed out", "tries": 1}, 1),
    ],
)
def test_those_that_were_read_are_not_asked_for_again_those_that_failed_are(
    state: State, become: dict[str, object], found: int
) -> None:
    enlist(state)
    state.watch(A.key, replace(watch(state), **become))  # type: ignore[arg-type]
    assert enlist(state) == found
    assert checks(state) == [A.url] * found
    assert watch(state).tries == 0


@pytest.mark.parametrize(("is_feeds", "read", "found"), [(True, NOW, 1), (False, NOW, 0), (True, NOW + HOUR, 0)])
def test_of_what_we_filed_the_feeds_texts_are(state: State, is_feeds: bool, read: object, found: int) -> None:
    state.enter(KEY, [A], NOW)
    ours = Watch(NOW, NOW, NOW, said=b"8 bytes.", is_feeds=is_feeds)
    state.settle([ArticleOutcome(A.key, "done", path="a.md", file_hash=b"hash", watch=ours)], NOW)
    state.watch(A.key, replace(watch(state), read=read))  # type: ignore[arg-type]
    assert enlist(state) == found
    assert watch(state).said == b"8 bytes."
    assert watch(state).keeps_head == bool(found)


def test_a_source_that_was_never_entered_is_a_bug(state: State) -> None:
    with pytest.raises(KeyError):
        enlist(state, source="http://nowhere.example/feed")


def test_when_the_next_one_may_be_asked_for(state: State) -> None:
    assert state.next_stub([CHINA.url], NOW) is None
    enlist(state)
    assert state.next_stub([CHINA.url], NOW) == NOW
    assert state.next_stub([WORLD.url], NOW) is None
    state.hosts.remember(HostState("a.example", not_before=NOW + HOUR))
    assert state.next_stub([CHINA.url], NOW) == NOW + HOUR
    assert state.next_stub([CHINA.url], NOW + 2 * HOUR) == NOW + 2 * HOUR
    state.watch(A.key, replace(watch(state), due=NOW + DAY))
    assert state.next_stub([CHINA.url], NOW) is None, "one that failed waits for a later run"


def test_failures_are_told_those_that_are_tried_again_first(state: State) -> None:
    enlist(state, STUB, Adopted(B.url, "b.md", (CHINA.name,), None, b"b"))
    state.watch(A.key, replace(watch(state), due=None, error="gone"))
    state.watch(B.key, replace(watch(state, B.key), due=NOW + HOUR, error="timed out", tries=1))
    told = [(f.source, f.url, f.kind, f.state, f.reason, f.tries, f.next_try) for f in state.failures(9)]
    assert told == [
        (CHINA.name, B.url, "article", "pending", "timed out", 1, NOW + HOUR),
        (CHINA.name, A.url, "article", "dead", "gone", 0, None),
    ]
    assert len(state.failures(1)) == 1
    assert state.failures(0) == ()
    assert state.frontier() == (0, 0)
