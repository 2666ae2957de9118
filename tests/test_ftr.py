"""FiveFilters' site config files: every directive, what cannot be used and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extractor.ftr import MAX_SWAP, MAX_SWAPS, file_names, is_rule_file, parse_ftr
from crawler.extractor.rules import SiteRule
from crawler.selectors import select, select_all

FILE = "harbour.example.txt"
HOSTS = ("www.harbour.example",)


def rule(*lines: str) -> SiteRule:
    found, problems = parse_ftr("\n".join(lines), FILE, HOSTS)
    assert problems == ()
    return found


def problems(*lines: str) -> tuple[str, ...]:
    return parse_ftr("\n".join(lines), FILE, HOSTS)[1]


def test_a_file_as_people_write_them() -> None:
    found = rule(
        "\ufeff# Harbour Notes, redesign of 2021",
        "",
        "title: //h1[@class='headline']",
        'title://meta[@property="og:title"]/@content',
        "  Author: substring-after(//p[@class='by'], 'By ')  ",
        "date: //time/@datetime",
        "body: //div[@id='story'] | //div[contains(concat(' ',normalize-space(@class),' '),' lead ')]",
        "body: (//article)[1]",
        "strip: //aside",
        "strip: *[@data-print='no']",
        "tidy: no",
        "parser: html5php",
        "strip_attr: //img/@width",
        "insert_detected_image: no",
        "convert_double_br_tags: yes",
        "test_url: https://www.harbour.example/2021/ferry",
        "test_url: sec://harbour.example/2021/ferry",
        "test_contains: The ferry: it left at dawn",
    )
    assert found == SiteRule(
        HOSTS,
        name=FILE,
        is_exact=True,
        title=("//h1[@class='headline']", '//meta[@property="og:title"]/@content'),
        author=("(substring-after(//p[@class='by'], 'By '))",),
        date=("//time/@datetime",),
        body=(
            "//div[@id='story'] | //div[contains(concat(' ',normalize-space(@class),' '),' lead ')]",
            "(//article)[1]",
        ),
        remove=("//aside", "(*[@data-print='no'])", "//img/@width"),
    )


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("prune: no", "keeps_all"),
        ("autodetect_on_failure: NO", "must_find"),
        ("autodetect_next_page: false", "stays"),
        ("skip_json_ld: true", "skips_json_ld"),
    ],
)
def test_switches(line: str, field: str) -> None:
    assert getattr(rule(line), field) is True
    other = "no" if "true" in line else "yes"
    assert rule(f"{line.partition(':')[0]}: {other}") == rule()
    assert getattr(rule(line, f"{line.partition(':')[0]}: {other}"), field) is False, "the last word counts"


PAGE = html.document_fromstring(
    "<html class=promo><body class='has-promo'><div class='box promo-a'>a</div><p id='x-promo'>b</p><p>c</p>"
    "<img src='/count.gif?1'><img data-src='/count.gif'><img src='/photo.jpg'></body></html>"
)


def test_what_has_a_text_in_its_id_or_class_is_removed_but_never_the_page() -> None:
    (found,) = rule("strip_id_or_class: 'promo'").remove
    assert [e.text for e in select(PAGE, found)] == ["a", "b"]


def test_pictures_are_removed_by_their_address() -> None:
    (found,) = rule('strip_image_src: /"count.gif"').remove
    assert [e.attrib.values()[0] for e in select(PAGE, found)] == ["/count.gif?1", "/count.gif"]


@pytest.mark.parametrize("directive", ["strip_id_or_class", "strip_image_src"])
def test_what_everything_contains_removes_nothing(directive: str) -> None:
    found, told = parse_ftr(f"{directive}: ''", FILE)
    assert found.remove == ()
    assert told[0].startswith(f"{FILE}:1: {directive}: bad selector")


class TestReplacements:
    def test_come_in_pairs_however_they_are_written(self) -> None:
        found = rule(
            "find_string: <header",
            "replace_string: <div",
            'replace_string(<p class="lead">): <p>',
            'replace_string(<span style="width:): <p "',
            "replace_string( ·  ):",
            "find_string: data-src=",
            "find_string: foo(a): b",
            "replace_string: src=",
            "replace_string: c",
        )
        assert found.swaps == (
            ("<header", "<div"),
            ('<p class="lead">', "<p>"),
            ('<span style="width:', '<p "'),
            (" ·  ", ""),
            ("data-src=", "src="),
            ("foo(a): b", "c"),
        )

    def test_without_their_partner_are_not_made(self) -> None:
        found, told = parse_ftr("find_string: a\nreplace_string: b\nfind_string: c\n\n# end\nbody: //p", FILE)
        assert found.swaps == ()
        assert found.body == ("//p",)
        assert told == (f"{FILE}:6: find_string: 2 to find and 1 to put in their place: none is",)

    def test_have_their_bounds(self) -> None:
        lines = [f"replace_string({n}): x" for n in range(MAX_SWAPS)]
        found, told = parse_ftr(
            "\n".join([f"replace_string(a): {'b' * (MAX_SWAP + 1)}", *lines, "replace_string(z): x"]), FILE
        )
        assert found.swaps == tuple((str(n), "x") for n in range(MAX_SWAPS))
        assert "2 left out" in told[0]

    def test_give_lazy_pictures_the_address_that_we_look_for(self) -> None:
        assert rule("src_lazy_load_attr: data-far").swaps == ((" data-far=", " data-src="),)
        assert problems("src_lazy_load_attr: //img") == (f"{FILE}:1: src_lazy_load_attr: not an attribute: //img",)


class TestConditions:
    def test_are_part_of_the_selector_before(self) -> None:
        found = rule(
            "single_page_link: //a[@class='print']",
            "if_page_contains: //p[@class='pager']",
            "next_page_link: //a[@class='next']",
        )
        (selector,) = found.single_page
        assert found.next_page == ("//a[@class='next']",)
        link = "<a class=print href=/p>x</a>"
        assert len(select(html.document_fromstring(f"{link}<p class=pager>1 2</p>"), selector)) == 1
        assert select(html.document_fromstring(f"{link}<p>1 2</p>"), selector) == []

    def test_hold_for_texts_too(self) -> None:
        found = rule(
            "single_page_link: concat(substring-before(//link[@rel='canonical']/@href, '_story'), '_print')",
            "if_page_contains: //link[@rel='canonical' and contains(@href, '_story')]",
        )
        (selector,) = found.single_page
        head = "<html><head><link rel=canonical href='{}'></head><body>a</body></html>"
        assert select_all(html.document_fromstring(head.format("/a_story.html")), selector) == ["/a_print"]
        assert select_all(html.document_fromstring(head.format("/a.html")), selector) == [""]

    @pytest.mark.parametrize("before", ["prune: no", "", "body: //p[", "find_string: a\nreplace_string: b"])
    def test_need_a_selector_before_them(self, before: str) -> None:
        told = problems(*before.splitlines(), "if_page_contains: //p")
        assert told[-1].endswith("if_page_contains: the line before selects nothing")

    def test_that_cannot_be_used_take_their_selector_along(self) -> None:
        found, told = parse_ftr("single_page_link: //a\nif_page_contains: //p[", FILE)
        assert found.single_page == ()
        assert told[0].startswith(f"{FILE}:2: if_page_contains: bad selector ")


def test_elements_are_wrapped_and_dissolved() -> None:
    found = rule("wrap_in(h2): //p[@class='head']", "dissolve: //div[@class='frame']")
    assert found.wraps == (("//p[@class='head']", "h2"), ("//div[@class='frame']", ""))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("titl: //h1", "titl: unknown directive"),
        ("move_into(//p): //q", "move_into: unknown directive"),
        ("http_header(user-agent): PHP/5", "http_header: ignored: every request is sent with our own headers"),
        ("requires_login: yes", "requires_login: ignored: there is no logging in"),
        ("just words", "just words: not a directive"),
        (": //p", ": //p: not a directive"),
        ("body:", "body: without a value"),
        ("strip(//p): //q", "strip: takes nothing in brackets"),
        ("prune: maybe", "prune: neither yes nor no: maybe"),
        ("wrap_in(script): //p", "wrap_in: not a tag that a text has: 'script'"),
        ("wrap_in: //p", "wrap_in: not a tag that a text has: ''"),
        ("strip: //p[matches(., 'x')]", "strip: XPath 1.0 has no matches()"),
        ("strip: //p[re:test(., 'x(y)')]", "strip: XPath 1.0 has no re:test()"),
        ("dissolve: //p[", "dissolve: bad selector '//p[': Invalid expression"),
        ("test_url: https://news.harbour.example/1", "test_url: this file is not used for news.harbour.example"),
    ],
)
def test_what_cannot_be_used_is_told_by_file_line_and_directive(line: str, told: str) -> None:
    found, said = parse_ftr(f"# a comment\n{line}\nbody: //article", FILE, HOSTS)
    assert said == (f"{FILE}:2: {told}",)
    assert found == SiteRule(HOSTS, name=FILE, is_exact=True, body=("//article",)), "the rest of the file is used"


def test_axes_and_node_tests_are_no_functions() -> None:
    text = "//p[not(ancestor-or-self::node()) or (2 mod (1)) and following::text()[contains(., 'ends-with(')]]"
    assert rule(f"strip: {text}").remove == (text,)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("harbour.example", ("harbour.example.txt",)),
        ("www.harbour.example", ("harbour.example.txt",)),
        ("news.harbour.example", ("news.harbour.example.txt", ".harbour.example.txt")),
        ("a.b.harbour.example", ("a.b.harbour.example.txt", ".b.harbour.example.txt", ".harbour.example.txt")),
        ("localhost", ("localhost.txt",)),
        ("", ()),
        ("..", ()),
        ("../etc", ()),
        ("::1", ()),
    ],
)
def test_the_files_for_a_host(host: str, names: tuple[str, ...]) -> None:
    assert file_names(host) == names


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("harbour.example.txt", True),
        (".harbour.example.txt", True),
        ("global.txt", False),
        ("LICENSE.txt", False),
        ("README.md", False),
        ("harbour.example.txt~", False),
    ],
)
def test_files_are_named_after_hosts(name: str, is_one: bool) -> None:
    assert is_rule_file(name) is is_one


@given(st.text("abcdefghijklmnopqrstuvwxyz_:()/[]@='\" \n#*|.é中", max_size=300))
def test_no_file_is_refused(text: str) -> None:
    found, told = parse_ftr(text, FILE, HOSTS)
    assert found.hosts == HOSTS
    assert all(line.startswith(f"{FILE}:") and "\n" not in line for line in told)
