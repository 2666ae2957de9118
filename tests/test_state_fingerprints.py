"""What the last articles of a source were made of: remembered once an article, within bounds, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler import urls
from crawler.memory import KEEP_REFUSED, KEEP_TAKEN, ArticleOutcome
from crawler.model import Fingerprint
from crawler.state import Adopted, State
from tests.states import ALL, KEY, NOW, WORLD, A, B, C, D, numbered

OTHER = urls.key(WORLD.url)


@pytest.fixture
def state(state: State) -> State:
    state.enter(KEY, [A, B, C], NOW)
    state.enter(OTHER, [D], NOW)
    return state


def done(state: State, key: bytes, blocks: bytes, *, after: int = 0) -> None:
    state.settle([ArticleOutcome(key, "done", path=f"{key.hex()}.md", blocks=blocks)], NOW + timedelta(hours=after))


def refused(state: State, key: bytes, blocks: bytes, *, after: int = 0) -> None:
    waits = ArticleOutcome(key, "pending", "the same text", 1, NOW, blocks=blocks)
    state.settle([waits], NOW + timedelta(hours=after))


def prints(state: State, source: bytes) -> tuple[Fingerprint, ...]:
    return tuple(state.fingerprints(source).values())


def test_are_those_of_the_source_the_newest_first(state: State) -> None:
    done(state, A.key, b"A" * 8)
    refused(state, B.key, b"B" * 16, after=1)
    done(state, D.key, b"D" * 8)
    assert prints(state, KEY) == (Fingerprint(b"B" * 16, refused=True), Fingerprint(b"A" * 8))
    assert prints(state, OTHER) == (Fingerprint(b"D" * 8),)


def test_are_told_by_article(state: State) -> None:
    done(state, A.key, b"A" * 8)
    done(state, B.key, b"B" * 8, after=1)
    assert list(state.fingerprints(KEY).items()) == [(B.key, Fingerprint(b"B" * 8)), (A.key, Fingerprint(b"A" * 8))]


def test_an_article_that_is_made_again_is_no_other(state: State) -> None:
    refused(state, A.key, b"1" * 8)
    refused(state, A.key, b"2" * 8, after=1)
    assert prints(state, KEY) == (Fingerprint(b"2" * 8, refused=True),)
    done(state, A.key, b"3" * 8, after=2)
    assert prints(state, KEY) == (Fingerprint(b"3" * 8),)


def test_what_has_none_is_not_remembered(state: State) -> None:
    state.settle([ArticleOutcome(A.key, "done", path="a.md"), ArticleOutcome(B.key, "dead", "gone")], NOW)
    assert prints(state, KEY) == ()
    assert prints(state, b"unknown") == ()


def test_the_oldest_are_forgotten_of_each_kind_for_itself(state: State) -> None:
    many = [numbered(n) for n in range(2 * KEEP_TAKEN)]
    state.enter(KEY, many, NOW)
    for n, one in enumerate(many):
        (refused if n < KEEP_TAKEN else done)(state, one.key, bytes([n] * 8), after=n)
    kept = [(one.blocks[0], one.refused) for one in prints(state, KEY)]
    newest = [(n, False) for n in range(2 * KEEP_TAKEN - 1, KEEP_TAKEN - 1, -1)]
    assert kept == newest + [(n, True) for n in range(KEEP_TAKEN - 1, KEEP_TAKEN - KEEP_REFUSED - 1, -1)]


def test_a_post_without_a_source_belongs_to_none(state: State) -> None:
    state.adopt([Adopted(urls.canonical("https://x.example/1"), "x.md", ("nobody's",))], NOW)
    done(state, urls.key(urls.canonical("https://x.example/1")), b"X" * 8)
    assert [prints(state, urls.key(source.url)) for source in ALL] == [()] * len(ALL)
