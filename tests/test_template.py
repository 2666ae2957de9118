"""Posts by a template of the user's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from crawler.errors import LayoutError
from crawler.model import Article, CanonicalURL, Draft, Failure, Layout, Source
from crawler.workers import Workers, at_the_door, make_draft
from crawler.writer.post import render
from crawler.writer.template import FACTS, MAX_POST, fault_of, values
from tests.fakes import article
from tests.test_workers import SOURCE, task

NOW = datetime(2021, 11, 20, 6, 43, 44, 821000, tzinfo=UTC)
ARTICLE = Article(
    CanonicalURL("https://e.org/1"), 'Bridge: "open"', "Ann", NOW, NOW, "<p>It <b>is</b>.</p>", "page", authors=("Ann",)
)
BAY = Source("Bay", "https://u:p@e.org/feed", format="template")
HEAD = "---\ntitle: {{ title | yaml }}\ndate: {{ date | yaml }}\nfrom: {{ url | yaml }}\n---\n"


def post(body: str = "{{ markdown }}\n", head: str = HEAD, **facts: object) -> str:
    article = replace(ARTICLE, **facts)  # type: ignore[arg-type]
    return render(article, replace(BAY, layout=Layout("my.md", head + body))).decode()


def why_not(body: str, head: str = HEAD) -> str:
    with pytest.raises(LayoutError) as told:
        post(body, head)
    assert told.value.passing, "once it is mended, the article will be had"
    return told.value.reason


def test_is_filled() -> None:
    head = '---\ntitle: "Bridge: \\"open\\""\ndate: 2021-11-20T06:43:44.821Z\nfrom: https://e.org/1\n---\n'
    assert post() == f"{head}It **is**.\n"
    assert post("{{ author }}, {{ words }} words") == f"{head}Ann, 2 words\n"
    assert post("{{ html }}{{ hugo }}{{ obsidian }}") == f"{head}<p>It <b>is</b>.</p>It **is**.It **is**.\n"
    assert post("{% for name in authors %}\n- {{ name }}\n{% endfor %}") == f"{head}- Ann\n"


def test_values_are_the_articles_and_nothing_is_made_that_is_not_named() -> None:
    found = values(ARTICLE, BAY, frozenset({"markdown"}))
    assert found.keys() == FACTS | {"markdown"}
    assert (found["feed"], found["tags"], found["source"]) == ("https://e.org/feed", ["Bay"], "Bay")
    assert (found["words"], values(ARTICLE, BAY, frozenset({"words"}))["words"]) == (0, 2)


def test_the_filter_writes_any_value_as_yaml() -> None:
    body = "a: {{ tags | yaml }}\nb: {{ updated | yaml }}\nc: {{ words | yaml }}\nd: {{ 1.5 | yaml }}\ne: {{ true | yaml }}\nf: {{ description | yaml }}\n"
    written = yaml.safe_load(post(body, description="x: {{ y }}").split("---\n")[2])
    assert written == {"a": ["Bay"], "b": "", "c": 2, "d": "1.5", "e": "True", "f": "x: {{ y }}"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD, ""),
        ("{% set x = title %}{{ x }}{{ range(3) }}", ""),
        ("a\n{{ titel }}\n", "my.md: titel is not known: write archived, author,"),
        ("a\n{% for x in %}\n", "my.md, line 2: "),
        ("a\nb {{ title", "my.md, line 2: unexpected end of template"),
        ("{{ title | yml }}", "my.md, line 1: No filter named 'yml'"),
    ],
)
def test_what_cannot_work_is_told_with_its_line(text: str, fault: str) -> None:
    found = fault_of(Layout("my.md", text))
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("x\n{{ authors[7] }}", "template my.md, line 7: list object has no element 7"),
        ("x\n\n{{ 1 // 0 }}", "template my.md, line 8: ZeroDivisionError: "),
        ("{{ title.__class__.__mro__ }}", "template my.md, line 6: access to attribute '__class__' of 'str' object is"),
        ("{{ tags.append('x') }}", "template my.md, line 6: "),
        ("{{ 'x' * 1000000000 }}", "template my.md, line 6: a product of over 100,000 characters"),
        ("{{ 9 ** 99999999 }}", "template my.md, line 6: 9 ** 99999999 is too large"),
        ("{{ range(999999999) }}", "template my.md, line 6: "),
        ("{% include '/etc/passwd' %}", "template my.md, line 6: "),
        (
            "{% for x in range(1000) %}{{ 'x' * 99999 }}{% endfor %}",
            f"template my.md: makes over {MAX_POST:,} characters",
        ),
    ],
)
def test_what_fails_over_an_article_is_told_with_its_line(body: str, reason: str) -> None:
    assert why_not(body).startswith(reason)
    assert len(why_not(body)) <= 300


def test_sums_are_allowed() -> None:
    assert post("{{ 6 * 7 }} {{ 2 ** 10 }} {{ '-' * 3 }}").endswith("42 1024 ---\n")


@pytest.mark.parametrize(
    "head",
    [
        "",
        "---\ntitle: x\n---\n",
        "---\ntitle: x\ndate: {{ date | yaml }}\nfrom: {{ feed | yaml }}\n---\n",
        "---\ntitle: x\ndate: today\nfrom: {{ url | yaml }}\n---\n",
        "x\n---\nfrom: {{ url | yaml }}\n---\n",
    ],
)
def test_a_post_that_would_not_be_known_again_is_none(head: str) -> None:
    assert why_not("", head).startswith("template my.md: makes no front matter by which a post is known again: lines")


def test_a_source_without_its_template_makes_nothing() -> None:
    with pytest.raises(LayoutError):
        render(ARTICLE, BAY)


def test_at_the_workers_door_it_is_a_failure_that_may_pass_and_no_doubt_of_the_text() -> None:
    wanted = replace(
        task(article(1)), source=replace(SOURCE, format="template", layout=Layout("my.md", "{{ 1 // 0 }}"))
    )
    failure = at_the_door(make_draft, wanted)
    assert isinstance(failure, Failure)
    assert (failure.passing, failure.held) == (True, False)
    assert isinstance(at_the_door(make_draft, replace(wanted, source=SOURCE)), Draft)


async def _drawn(text: str) -> object:
    source = replace(SOURCE, format="template", layout=Layout("my.md", text))
    with Workers(1, timedelta(seconds=4)) as workers:
        return await workers.draft(replace(task(article(1)), source=source))


def test_loops_without_an_end_are_ended_and_named() -> None:
    import asyncio

    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    failure = asyncio.run(_drawn(HEAD + loops))
    assert failure == Failure(
        "parsing took over 4 s and was stopped; look for loops without an end in the template my.md", passing=True
    )
