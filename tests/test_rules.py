"""Rows of sites.yaml and the reading of selectors."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from lxml import html

from crawler.errors import ConfigError, ExtractError
from crawler.extractor.rules import (
    Rules,
    SiteRule,
    joined,
    parse_rules,
)
from crawler.selectors import check_selector, first_text, first_texts, select

PAGE = html.document_fromstring(
    "<html><head><meta name=when content=' 2021 '></head><body><div id=a class='x y'><p>one</p><div class=x>two</div></div>"
    "<p class=x>  three\n four </p><time datetime=2022>long ago</time><i></i></body></html>"
)


def test_the_row_of_a_host_is_the_most_exact_one() -> None:
    rules = parse_rules(
        [
            {"hosts": ["example.org"], "body": "article"},
            {"hosts": ["blog.example.org", "example.net"], "remove": [".ad", "//aside"], "timezone": "Asia/Singapore"},
        ]
    )
    site, blog = rules.rows
    assert site == SiteRule(("example.org",), body=("article",))
    assert blog.remove == (".ad", "//aside")
    assert blog.timezone == "Asia/Singapore"
    for url, row in {
        "https://example.org/a": site,
        "https://www.example.org:8080/a": site,
        "https://blog.example.org/": blog,
        "https://old.blog.example.org/": blog,
        "https://EXAMPLE.net": blog,
        "https://notexample.org/": None,
        "https://org/": None,
        "not an address": None,
    }.items():
        assert rules.rule_for(url) is row
    assert Rules().rule_for("https://example.org/") is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"body": "p"}, r"sites.yaml\[1\].hosts: a row needs its hosts"),
        ({"hosts": []}, r"sites.yaml\[1\].hosts: a row needs its hosts"),
        ({"hosts": "x.org", "bodies": "p"}, r"sites.yaml\[1\].bodies: unknown key; known are author, body"),
        ({"hosts": "X.org"}, r"hosts: not a host in lower case: X.org"),
        ({"hosts": "x.org", "body": "p["}, r"sites.yaml\[1\].body: bad selector 'p\['"),
        ({"hosts": "x.org", "remove": ["p", "//p["]}, r"remove: bad selector '//p\['"),
        ({"hosts": "x.org", "date": 3}, r"date: should be a text or a list of texts"),
        ({"hosts": "x.org", "date": ["p", 3]}, r"date: should be a text or a list of texts"),
        ({"hosts": "x.org", "date": [""]}, r"date: should be a text or a list of texts"),
        ({"hosts": "x.org", "timezone": "Mars/Base"}, r"timezone: 'Mars/Base'"),
        ({"hosts": "x.org", "timezone": "../x"}, r"timezone: '../x'"),
        ({"hosts": "x.org", "text_remove": "("}, r"text_remove: '\('"),
    ],
)
def test_a_row_that_cannot_work_is_an_error_naming_its_key(row: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_rules([{"hosts": "ok.org"}, row])


@pytest.mark.parametrize(
    "selector",
    [
        "article",
        "div.x > p:first-child",
        "[id^='a']",
        "h1, h2",
        "//div[@id='a']",
        "./p",
        "(//p)[1]",
        "//p/text()",
        "(count(//p))",
        "",
    ],
)
def test_selectors_that_can_be_used(selector: str) -> None:
    assert check_selector(selector) == ""


@pytest.mark.parametrize("selector", ["p[", "..", "a:nope", "div >", "//p[", "(//p", "//p[nope()]", "//x:y", "a::b::c"])
def test_selectors_that_cannot(selector: str) -> None:
    assert check_selector(selector).startswith(f"bad selector {selector!r}: ")


def test_a_selector_that_fails_on_a_page_fails_that_page_only() -> None:
    assert check_selector("//blink[nope()]") == ""
    with pytest.raises(ExtractError, match=r"bad selector '//blink\[nope\(\)\]': Unregistered function") as e:
        select(html.document_fromstring("<blink>x</blink>"), "//blink[nope()]")
    assert not e.value.passing


def test_only_the_outermost_elements_are_selected_in_the_pages_order() -> None:
    assert [e.tag for e in select(PAGE, ".x")] == ["div", "p"]
    assert [e.tag for e in select(PAGE, "//p | //time")] == ["p", "p", "time"]
    assert select(PAGE, "//p/text()") == []
    assert select(PAGE, "(count(//p))") == []
    assert select(PAGE, " ") == []


@pytest.mark.parametrize(
    ("selectors", "said"),
    [
        (["p.x"], "three four"),
        (["h1", "i", "p.x"], "three four"),
        (["time"], "2022"),
        (["meta"], "2021"),
        (["//time/text()"], "long ago"),
        (["(string(//p))"], "one"),
        (["h1"], ""),
        ([], ""),
    ],
)
def test_the_first_text(selectors: list[str], said: str) -> None:
    assert first_text(PAGE, selectors) == said


class TestSeveralTables:
    OWN = SiteRule(("example.org",), body=("#own",), remove=(".own",), name="own.yaml", swaps=(("a", "b"),))
    EXACT = SiteRule(("www.example.org",), title=("h1",), name="example.org.txt", is_exact=True, keeps_all=True)
    PACKAGED = SiteRule(("example.org",), body=("#ours",), remove=(".ours",), timezone="Asia/Singapore")

    def test_the_users_rows_come_first(self) -> None:
        rules = Rules((self.PACKAGED,), (self.OWN,))
        assert rules.all_for("https://example.org:8080/a") == (self.OWN, self.PACKAGED)
        assert rules.rule_for("https://example.org/a") == SiteRule(
            ("example.org", "example.org"),
            body=("#own", "#ours"),
            remove=(".own", ".ours"),
            timezone="Asia/Singapore",
            name="own.yaml",
            swaps=(("a", "b"),),
        )

    def test_one_row_is_left_as_it_is(self) -> None:
        assert Rules((), (self.OWN,)).rule_for("https://example.org/") is self.OWN

    def test_the_most_exact_row_of_a_table_counts(self) -> None:
        rules = Rules((), (self.OWN, self.EXACT))
        assert rules.rule_for("https://www.example.org/") is self.EXACT
        assert rules.rule_for("https://news.example.org/") is self.OWN
        assert rules.rule_for("https://de.www.example.org/") is self.OWN, "it is not for subdomains"
        assert rules.rule_for("https://otherexample.org/") is None

    def test_switches_hold_when_one_row_sets_them(self) -> None:
        both = joined((self.PACKAGED, self.EXACT))
        assert both.keeps_all
        assert not both.must_find


def test_rows_of_a_users_file_tell_its_name() -> None:
    row = {"hosts": "example.org", "next_page": "a.next", "single_page": ["//a[@class='print']"]}
    (found,) = parse_rules([row | {"test_url": "https://www.example.org/a"}], "own.yaml", "own.yaml").rows
    assert found == SiteRule(
        ("example.org",), next_page=("a.next",), single_page=("//a[@class='print']",), name="own.yaml"
    )
    with pytest.raises(ConfigError, match=r"own.yaml\[0\].test_url: https://example.net/a is on none of the row's"):
        parse_rules([row | {"test_url": ["https://example.org/", "https://example.net/a"]}], "own.yaml")


@pytest.mark.parametrize("key", ["next_page", "single_page"])
def test_links_to_further_pages_are_checked_as_other_selectors_are(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"sites.yaml\[0\].{key}: bad selector 'p\['"):
        parse_rules([{"hosts": "example.org", key: "p["}])


@pytest.mark.parametrize("key", ["name", "is_exact", "swaps", "must_find"])
def test_what_only_ftr_can_say_is_no_key(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"{key}: unknown key; known are author, body, date, hosts, next_page"):
        parse_rules([{"hosts": "example.org", key: "x"}])


def test_all_texts_of_the_first_selector_that_finds_any() -> None:
    assert first_texts(PAGE, ["i", "p", "time"]) == ["one", "three four"]
    assert first_texts(PAGE, ["h1"]) == []
