"""Shapes of addresses: what is learned, what is like it, and that every example is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.likeness import MAX_SHAPES, MIN_EXAMPLES, is_like, shapes

ZAOBAO = [f"https://www.zaobao.com.sg/realtime/china/story202111{20 + n}-12153{n:02}" for n in range(8)]
TITLES = (
    "the-ferry-left-at-dawn", "nobody-had-expected-it", "council-votes-on-bridge", "a-late-spring-in-the-valley",
    "harbour-closed", "clock-of-the-town-hall-is-slow", "second-winner-of-the-prize", "school-canteen-wins-prize",
)  # fmt: skip
SECTIONS = ("world", "sport", "china", "money", "arts", "science", "travel", "weather")

#: What the examples look like, their shapes, what is like them, and what is not.
FORMS = {
    "one section of many": (
        ZAOBAO,
        ("zaobao.com.sg/realtime/china/story{n}-{n}",),
        ("http://m.zaobao.com.sg/realtime/china/story20090101-7", "https://zaobao.com.sg/realtime/china/story2-3/?a=b#c"),
        (
            "https://www.zaobao.com.sg/realtime/world/story20211120-1215302",
            "https://www.zaobao.com.sg/realtime/china",
            "https://www.zaobao.com.sg/about",
            "https://www.zaobao.com.sg/realtime/china/page/2",
            "https://www.zaobao.com/realtime/china/story20211120-1215302",
        ),
    ),
    "day and title": (
        [f"https://a.example/2024/06/{n + 1:02}/{title}/" for n, title in enumerate(TITLES)],
        ("a.example/{n}/{n}/{n}/{slug}",),
        ("https://www.a.example/2009/1/5/old-news", "http://a.example/2009/12/31/story-1"),
        ("https://a.example/2009/12/", "https://a.example/tag/harbour", "https://a.example/2009/12/31/x/y"),
    ),
    "month by name": (
        [f"https://a.example/{s}/2024/jun/{n + 1:02}/{t}" for n, (s, t) in enumerate(zip(SECTIONS, TITLES, strict=True))],
        ("a.example/{name}/{n}/{month}/{n}/{slug}",),
        ("https://a.example/politics/2011/nov/30/old-news",),
        ("https://a.example/tags/2011/nov/30/old-news", "https://a.example/politics/2011/all/30/old-news"),
    ),
    "number behind the title": (
        [f"https://a.example/news/{title}-{31337 + n}" for n, title in enumerate(TITLES)],
        ("a.example/news/{any}-{n}",),
        ("https://a.example/news/word-1",),
        ("https://a.example/news/all-topics", "https://a.example/sport/word-1"),
    ),
    "number before the title": (
        [f"https://a.example/{31337 + n}-{title}.html" for n, title in enumerate(TITLES)],
        ("a.example/{n}-{any}.html",),
        ("https://a.example/1-old.htm", "https://a.example/1-old.shtml"),
        ("https://a.example/1-old.php", "https://a.example/imprint.html"),
    ),
    "number in a query": (
        [f"http://a.example/news/read.php?lang=en&id={n}" for n in range(9)],
        ("a.example/news/read.php?id={n}",),
        ("http://a.example/news/read.php?id=7", "http://a.example/news/read.php?x=1&id=7&y=2"),
        ("http://a.example/news/read.php", "http://a.example/news/read.php?id=x", "http://a.example/news/list.php?id=7"),
    ),
    "number in the query of a front page": (
        [f"http://a.example/?p={n}" for n in range(9)],
        ("a.example/?p={n}",),
        ("http://a.example/?p=123", "http://a.example?p=123"),
        ("http://a.example/", "http://a.example/?cat=3", "http://a.example/x?p=3"),
    ),
    "a query that may be empty": (
        [f"http://a.example/read?topic={topic}" for topic in ("", *SECTIONS)],
        ("a.example/read?topic={any}",),
        ("http://a.example/read?topic", "http://a.example/read?topic=&page=2", "http://a.example/read?topic=ferry"),
        ("http://a.example/read", "http://a.example/read?page=2"),
    ),
    "a query that says who sent the reader": (
        [f"http://a.example/news/{title}?via=feed" for title in TITLES],
        ("a.example/news/{slug}",),
        ("http://a.example/news/old-news", "http://a.example/news/old-news?via=map"),
        ("http://a.example/news",),
    ),
    "few sections": (
        [f"http://a.example/{('local', 'sport')[n % 2]}/{title}" for n, title in enumerate(TITLES)],
        ("a.example/local/{slug}", "a.example/sport/{slug}"),
        ("http://a.example/sport/old-news",),
        ("http://a.example/world/old-news", "http://a.example/tag/old-news"),
    ),
    "many sections": (
        [f"http://a.example/{section}/{title}" for section, title in zip(SECTIONS, TITLES, strict=True)],
        ("a.example/{name}/{slug}",),
        ("http://a.example/health/old-news",),
        ("http://a.example/tag/old-news", "http://a.example/author/a-b", "http://a.example/health"),
    ),
    "a section that is called like a menu": (
        [f"http://a.example/{s}/{t}" for s, t in zip(("topic", *SECTIONS[1:]), TITLES, strict=True)],
        ("a.example/{any}/{slug}",),
        ("http://a.example/tag/old-news",),
        ("http://a.example/tag",),
    ),
    "words of letters and digits": (
        [f"https://a.example/news/articles/c{n}x{n}yq{n}o" for n in range(4, 12)] + ["https://a.example/news/articles/cvgpzkyxnlro"],
        ("a.example/news/articles/{name}",),
        ("https://a.example/news/articles/c0ffee",),
        ("https://a.example/news/topics/c0ffee", "https://a.example/news/articles/index"),
    ),
    "two forms of one site": (
        [f"http://a.example/n/2021/11{n:02}/c{n}-{n}9.html" for n in range(10, 20)] + [f"http://a.example/v/{n}" for n in range(10, 20)],
        ("a.example/n/{n}/{n}/c{n}-{n}.html", "a.example/v/{n}"),
        ("http://a.example/n/2009/0101/c1-2.html", "http://a.example/v/3"),
        ("http://a.example/n/2009/0101/index.html",),
    ),
    "titles in Chinese": (
        [f"http://a.example/新闻/港口第{title}天" for title in "一二三四五六七八"],
        ("a.example/%e6%96%b0%e9%97%bb/{slug}",),
        ("http://a.example/新闻/渡轮", "http://a.example/%E6%96%B0%E9%97%BB/%E6%B8%A1"),
        ("http://a.example/体育/渡轮",),
    ),
    "an exception among many": (
        [*ZAOBAO, *(f"{url}0" for url in ZAOBAO), "https://www.zaobao.com.sg/special/report/china-20-years"],
        ("zaobao.com.sg/realtime/china/story{n}-{n}", "zaobao.com.sg/special/report/{slug}"),
        ("https://www.zaobao.com.sg/special/report/some-other",),
        ("https://www.zaobao.com.sg/special/cooking/some-other",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_is_learned_and_what_is_like_it(form: str) -> None:
    examples, learned, like, unlike = FORMS[form]
    assert shapes(examples) == learned
    assert [url for url in (*examples, *like) if not is_like(url, learned)] == []
    assert [url for url in unlike if is_like(url, learned)] == []


@pytest.mark.parametrize(
    "examples",
    [
        (),
        ZAOBAO[: MIN_EXAMPLES - 1],
        [ZAOBAO[0]] * 20,
        [f"http://{name}.example/{name}/{title}" for name, title in zip(SECTIONS, TITLES, strict=True)],
        ["http://a.example/", "rsshub://a/b", "mailto:a@b.example", "http://", "", "http://a.example/#entry-0123456789abcdef"] * 9,
        [f"http://h{n % (MAX_SHAPES + 1)}.example/{n}" for n in range(200)],
    ],
)  # fmt: skip
def test_few_and_different_examples_teach_nothing(examples: list[str]) -> None:
    assert shapes(examples) == ()
    assert is_like("http://any.example/thing", ())


def test_shapes_do_not_depend_on_the_order_of_the_examples() -> None:
    assert shapes(ZAOBAO) == shapes(ZAOBAO[::-1]) == shapes(iter(ZAOBAO))


def test_compiles_shapes_that_came_back_from_json() -> None:
    assert is_like(ZAOBAO[0], list(shapes(ZAOBAO)))


PIECE = st.sampled_from(
    [
        *SECTIONS,
        *TITLES,
        "tag",
        "about",
        "2021",
        "nov",
        "11",
        "c1-2",
        "a.html",
        "b.php",
        ".html",
        "x{n}",
        "é",
        "%e9",
        "A",
        "",
        "index.htm",
        "tag.x",
    ]
)
NAMES = st.sampled_from(["id", "p", "q", "utm_source", ""])
QUERY = st.lists(
    st.tuples(NAMES, st.sampled_from(["", "=", "=1", "=22", "=a/b", "=a-b", "=x?y", "={n}", "=tag"])), max_size=3
)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    host = draw(st.sampled_from(["a.example", "www.a.example", "M.a.example", "b.example:81", "u:p@a.example"]))
    query = "&".join(name + value for name, value in draw(QUERY))
    return f"http://{host}/{'/'.join(draw(st.lists(PIECE, max_size=4)))}" + (f"?{query}" if query else "")


@given(st.lists(addresses(), max_size=30))
def test_every_example_has_one_of_its_shapes(examples: list[str]) -> None:
    known = shapes(examples)
    told = [url for url in examples if re.search(r"//[^/]+/+[^/]", url)]  # a front page teaches nothing
    assert [url for url in told if not is_like(url, known)] == []


@given(st.lists(st.text(), min_size=5), st.text())
def test_nothing_raises(examples: list[str], other: str) -> None:
    is_like(other, shapes(f"http://a.example/{text}" for text in examples))


@pytest.mark.parametrize("tail", ["-1" * 4000, "a" * 8000, "?id=" + "1" * 8000, "?" + "&id=" * 2000, "/" * 8000])
def test_long_addresses_cost_no_more_than_their_length(tail: str) -> None:
    """Backtracking that grows with the square of the length would take a minute here."""
    for _, learned, _, _ in FORMS.values():
        for _ in range(20):
            is_like(f"https://a.example/news/{tail}", learned)
