"""What a query means, and what it becomes in FTS5's language."""

from __future__ import annotations

import pytest

from crawler.errors import QueryError
from crawler.search.query import LONGEST_QUERY, MOST_PHRASES, read_query
from crawler.search.tokens import LONGEST_WORD, fold


@pytest.mark.parametrize(
    ("text", "match", "singles"),
    [
        ("香港", '"香港"', ()),
        ("香港人", '"香港 港人"', ()),
        ("香港 北京", '"香港" AND "北京"', ()),
        ("香港\u3000北京", '"香港" AND "北京"', ()),
        ("香，港", '"香 0港"', ()),
        ("港", "", ("港",)),
        ("港 的 Kong", '"kong"', ("港", "的")),
        ("Hong KONG hong", '"hong" AND "kong"', ()),
        ('"Hong Kong"', '"hong kong"', ()),
        ("“香港 警方” 后", '"香港 港 0警 警方"', ("后",)),
        ('"港 ferry 港"', '"港 ferry 0港"', ()),
        ("「香港」", '"香港"', ()),
        ('"no end', '"no end"', ()),
        ('a"b c"d', '"a" AND "b c" AND "d"', ()),
        ("iPhone手机", '"iphone 0手 手机"', ()),
        ("A股", '"a 0股"', ()),
        ("第5届", '"第 5 0届"', ()),
        ("don't", '"don t"', ()),
        ("title:x OR NOT y*", '"title x" AND "or" AND "not" AND "y"', ()),
        ('"" ok ""', '"ok"', ()),
    ],
)
def test_match(text: str, match: str, singles: tuple[str, ...]) -> None:
    query = read_query(text)
    assert (query.match, query.singles) == (match, singles)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there is no word in the query"),
        ('!? "…" 😀', "there is no word in the query"),
        ("a" * (LONGEST_QUERY + 1), "the query is too long: 1001 characters, 1000 at most"),
        (" ".join(map(str, range(MOST_PHRASES + 1))), "the query has too many words: 33, 32 at most"),
    ],
)
def test_what_cannot_be_asked(text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        read_query(text)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("香港", "去香港人", ["香港"]),
        ("cat", "Cats cat concat cat", ["cat", "cat"]),
        ("don't", "Don’t do not", ["don t"]),
        ("A股", "A 股市 A股 AA股", ["a 股", "a股"]),
        ('"中国 香港"', "中国香港 中国，香港", ["中国 香港"]),
        ("x" * 70, "x" * 70 + " " + "x" * 80 + " " + "x" * 60, ["x" * 70, "x" * 80]),
        ("x" * 70, "y" + "x" * 70, []),
        ("aa", "aaa aa", ["aa"]),
        ('"cat dog"', "concat dog cat dogs cat  dog", ["cat  dog"]),
        ('"cat 港 dog"', "concat港dog cat港dogs cat港dog", ["cat港dog"]),
        (f'"a {"x" * 70} b"', f"a {'x' * 80} b a {'x' * 80}b", [f"a {'x' * 80} b"]),
        ("x" * LONGEST_WORD, "x" * LONGEST_WORD, ["x" * LONGEST_WORD]),
    ],
)
def test_pattern(query: str, text: str, found: list[str]) -> None:
    (phrase,) = read_query(query).phrases
    assert phrase.pattern.findall(fold(text)) == found
