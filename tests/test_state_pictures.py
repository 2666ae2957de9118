"""What the state knows of pictures: one contract for every kind of state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import assets, urls
from crawler.memory import ArticleOutcome, HostState, PictureOutcome, Shows
from crawler.state import State
from tests.states import ALL, CHINA, DAY, FACTORIES, HOUR, KEY, NOW, WORLD, A, B, C

P, Q, R = (f"https://{host}.example/{host}.png" for host in "pqr")
FOLDER = "assets"


@pytest.fixture(params=FACTORIES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    state = FACTORIES[request.param](tmp_path)
    state.sync_sources(ALL, NOW)
    state.enter(KEY, [A, B, C], NOW)
    yield state
    state.close()


def key(address: str) -> bytes:
    return assets.key(address, FOLDER)


def file(state: State, article: bytes, *addresses: str) -> None:
    shows = Shows(addresses, FOLDER)
    state.settle([ArticleOutcome(article, "done", path=f"{article.hex()}.md", file_hash=b"1", shows=shows)], NOW)


def settle(state: State, address: str, how: str = "done", **more: object) -> None:
    path = f"assets/{address[8]}.png" if how == "done" else ""
    state.pictures.settle(PictureOutcome(key(address), how, path=path, **more), NOW)  # type: ignore[arg-type]


def due(state: State, **more: object) -> list[str]:
    return sorted(job.url for job in state.pictures.due(NOW, 99, per_host=9, **more))  # type: ignore[arg-type]


def ripe(state: State) -> set[bytes]:
    return {job.key for job in state.pictures.due_albums(NOW, 99)}


def test_pictures_enter_with_their_article_each_once(state: State) -> None:
    file(state, A.key, P, Q)
    file(state, B.key, Q, R)
    assert due(state) == [P, Q, R]
    (job,) = state.pictures.due(NOW, 1)
    assert (job.kind, job.source, job.tries) == ("picture", CHINA.url, 0)
    assert state.pictures.picture(key(Q)).referer == A.url, "that named it first"
    with pytest.raises(KeyError):
        state.pictures.picture(b"x")
    with pytest.raises(KeyError):
        state.pictures.settle(PictureOutcome(b"x", "dead"), NOW)


def test_a_post_is_ripe_once_all_were_tried_and_again_when_one_comes(state: State) -> None:
    file(state, A.key, P, Q, R)
    settle(state, P)
    assert ripe(state) == set()
    settle(state, Q, "pending", tries=1, due=NOW + HOUR, error="x")
    settle(state, R, "dead", error="y")
    assert ripe(state) == {A.key}
    album = state.pictures.album(A.key)
    assert album is not None
    assert (dict(album.there), album.hashes, album.path) == (
        {P: "assets/p.png"},
        frozenset({b"1"}),
        f"{A.key.hex()}.md",
    )
    state.pictures.expect(A.key, b"2")
    assert state.pictures.album(A.key).hashes == {b"1", b"2"}  # type: ignore[union-attr]
    assert state.filed()[[row.key for row in state.filed()].index(A.key)].hashes == (b"1", b"2")
    state.pictures.hung(A.key, b"2", [P], NOW)
    assert (ripe(state), state.pictures.album(A.key).hashes) == (set(), {b"2"})  # type: ignore[union-attr]
    settle(state, Q)
    assert ripe(state) == {A.key}
    state.pictures.hung(A.key, b"3", [Q], NOW)
    assert state.pictures.album(A.key) is None
    assert state.pictures.counts() == (0, 1)


def test_one_that_came_meanwhile_is_not_taken_for_shown(state: State) -> None:
    file(state, A.key, P, Q)
    settle(state, P)
    settle(state, Q)
    state.pictures.hung(A.key, b"2", [P], NOW)
    assert ripe(state) == {A.key}
    assert state.pictures.album(A.key).there == {Q: "assets/q.png"}  # type: ignore[union-attr]


def test_where_all_are_given_up_nothing_is_awaited(state: State) -> None:
    file(state, A.key, P)
    settle(state, P, "dead", error="gone")
    assert state.pictures.album(A.key) is None
    file(state, B.key, P)
    assert (due(state), state.pictures.album(B.key)) == ([], None)


def test_known_ones_make_a_post_ripe_at_once(state: State) -> None:
    file(state, A.key, P)
    settle(state, P)
    assert state.pictures.known([P, Q], FOLDER) == {P: "assets/p.png"}
    assert state.pictures.known([P], "static/assets") == {}
    file(state, B.key, P)
    assert ripe(state) == {A.key, B.key}


def test_who_has_no_source_at_work_asks_for_none(state: State) -> None:
    file(state, A.key, P)
    assert due(state, sources=[WORLD.url]) == []
    assert due(state, sources=[CHINA.url, WORLD.url]) == [P]
    state.pause(CHINA.url, NOW)
    assert due(state) == []
    assert state.pictures.next_due(NOW) is None
    assert state.pictures.counts() == (1, 0), "it is counted all the same"


def test_hosts_take_turns_and_silent_ones_none(state: State) -> None:
    many = [f"https://p.example/{n}.png" for n in range(9)]
    file(state, A.key, *many, Q)
    assert len(state.pictures.due(NOW, 3, per_host=8)) == 3
    assert {job.host for job in state.pictures.due(NOW, 2, per_host=8)} == {"p.example", "q.example"}
    assert len(state.pictures.due(NOW, 99, per_host=4)) == 5
    assert due(state, busy_hosts=["p.example"]) == [Q]
    state.hosts.remember(HostState("p.example", NOW + HOUR))
    assert due(state) == [Q]
    settle(state, Q)
    assert state.pictures.next_due(NOW) == NOW + HOUR
    assert state.pictures.next_now(NOW, [CHINA.url]) == NOW + HOUR


def test_what_failed_is_told_and_hurried(state: State) -> None:
    file(state, A.key, P, Q)
    settle(state, P, "pending", tries=2, due=NOW + DAY, error="x")
    settle(state, Q, "dead", tries=1, error="y")
    told = [(one.source, one.url, one.kind, one.state, one.tries) for one in state.pictures.failures(9)]
    assert told == [(CHINA.name, P, "image", "pending", 2), (CHINA.name, Q, "image", "dead", 1)]
    assert len(state.pictures.failures(1)) == 1
    assert state.pictures.next_due(NOW) == NOW + DAY
    assert state.pictures.next_now(NOW, [CHINA.url]) is None
    state.pictures.hurry(NOW, [WORLD.url])
    assert due(state) == []
    state.pictures.hurry(NOW)
    assert due(state) == [P]


def test_a_clock_that_ran_ahead_is_set_right(state: State) -> None:
    ahead = NOW + 900 * DAY
    file(state, A.key, P, Q)
    state.pictures.settle(PictureOutcome(key(Q), "done", path="assets/q.png"), ahead)
    settle(state, P, "pending", tries=1, due=ahead, error="x")
    state.set_right(NOW, polls=(), retries=[NOW, NOW + DAY], silence=ahead)
    assert due(state) == [P]


def test_posts_are_had_by_source_in_batches_and_enlisted(state: State) -> None:
    for article in (A.key, B.key):
        file(state, article)
    first = state.pictures.posts(CHINA.url, limit=1)
    second = state.pictures.posts(CHINA.url, after=first[0].key, limit=9)
    assert {row.key for row in (*first, *second)} == {A.key, B.key}
    assert state.pictures.posts(WORLD.url) == ()
    wanted = [(A.key, b"1", Shows((P,), FOLDER)), (B.key, b"1", Shows((), FOLDER))]
    assert state.pictures.enlist(wanted, NOW) == 1
    assert [job.url for job in state.pictures.of(A.key, NOW)] == [P]
    assert state.pictures.of(A.key, NOW - timedelta(1)) == ()
    state.pictures.forget(A.key)
    assert (due(state), state.pictures.album(A.key)) == ([], None)


def test_many_articles_of_one_picture_are_ripe_together(state: State) -> None:
    for one in (A, B, C):
        file(state, one.key, P)
    settle(state, P)
    assert ripe(state) == {A.key, B.key, C.key}
    assert urls.key(A.url) == A.key
