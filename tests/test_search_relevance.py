"""The order of what was found: by rank, also where no rank is reckoned."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.search import Index, database, search
from crawler.search.query import read_query
from crawler.search.relevance import BY_RANK, is_level
from tests.test_search import Shelf, shelf

__all__ = ["shelf"]


@pytest.mark.parametrize(
    ("found", "posts", "phrases", "level"),
    [
        (0, 0, 1, True),  # there is nothing to be put in order
        (1, 1, 1, True),
        (50, 100, 32, True),
        (45, 100, 1, True),
        (45, 100, 2, False),
        (44, 100, 1, False),
        (1, 15_000, 1, False),
    ],
)
def test_posts_are_level_where_all_words_are_frequent(found: int, posts: int, phrases: int, level: bool) -> None:
    assert is_level(found, posts, phrases) is level


TEXTS = st.lists(st.sampled_from(["the", "of", "sea", "lighthouse", "香港", "的"]), max_size=12).map(" ".join)
QUERIES = ("the", "the of", '"of the"', "lighthouse", "香港 the", "的 sea", '"the 的"')


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=st.lists(st.tuples(TEXTS, TEXTS, st.integers(1, 3)), min_size=1, max_size=12))
def test_the_order_is_that_of_the_ranks(
    tmp_path_factory: pytest.TempPathFactory, posts: list[tuple[str, str, int]]
) -> None:
    shelf = Shelf(root := tmp_path_factory.mktemp("ranks"), Index(root / ".crawler/search.db", root))
    for number, (title, text, day) in enumerate(posts):
        shelf.put(f"{number}.md", text, title=title, day=day)
    shelf.walk()
    for query in QUERIES:
        found = shelf.found(query)
        assert found == [path for path in ranked(shelf, query) if path in found]


def ranked(shelf: Shelf, query: str) -> list[str]:
    """Return what has the query's words, single characters left out, in the order of the ranks."""
    assert shelf.index.place is not None
    with database.reading(shelf.index.place) as conn:
        rows = conn.execute(
            f"SELECT path FROM words JOIN post ON post.id = words.rowid WHERE words MATCH ? ORDER BY {BY_RANK}",
            (read_query(query).match,),
        )
        return [path for (path,) in rows]


def test_a_post_that_was_rewritten_often_is_found_once_and_in_its_place(shelf: Shelf) -> None:
    """What the index still holds of earlier texts makes words rarer or more frequent, and no hits."""
    for n in range(8):
        shelf.put("n/old.md", f"lighthouse {n}", day=4)
        shelf.walk()
    shelf.put("n/new.md", "lighthouse", day=5)
    shelf.walk()
    assert shelf.found("lighthouse") == ["n/new.md", "n/old.md"]
    assert search(shelf.index, "lighthouse", limit=0).total == 2


def test_pages_of_posts_that_are_level_follow_one_another(shelf: Shelf) -> None:
    for n in range(1, 9):
        shelf.put(f"n/{n}.md", "the ferry", day=n)
    shelf.walk()
    assert [shelf.found("the", limit=3, offset=offset) for offset in (0, 3, 6, 9)] == [
        ["n/8.md", "n/7.md", "n/6.md"],
        ["n/5.md", "n/4.md", "n/3.md"],
        ["n/2.md", "_posts/2.md", "n/1.md"],
        [],
    ]
