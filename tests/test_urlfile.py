"""Files of addresses as they are found: which address each line names, and which lines name none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.urlfile import MAX_LINE, read

ONE = "https://a.example/1"


def found(*blocks: bytes) -> list[str]:
    return [one.url for one in read(blocks) if one.url]


def problems(*blocks: bytes) -> list[str]:
    return [one.problem for one in read(blocks) if one.url is None]


def test_one_a_line_as_the_predecessor_wrote_them() -> None:
    data = b"https://a.example/1\nhttps://a.example/2\n"
    assert found(data) == [ONE, "https://a.example/2"]
    assert [one.line for one in read([data])] == [1, 2]
    assert problems(data) == []


def test_blank_lines_comments_and_windows_change_nothing() -> None:
    assert found(b"\xef\xbb\xbf# old links\r\n\r\nhttps://a.example/1\r\n  \r\n#https://a.example/2\r\n") == [ONE]
    assert found(b"\xef\xbb\xbfhttps://a.example/1") == [ONE]
    assert list(read([])) == list(read([b""])) == []


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("https://a.example/1\tTitle\t2021", ONE),
        ("Title\thttps://a.example/1", ONE),
        ("https://a.example/1 Title of it", ONE),
        ("https://a.example/1,Title of it", ONE),
        ("https://a.example/1,渡轮恢复通航", ONE),
        ("https://a.example/1,2021-11-20,x", ONE),
        ("https://a.example/1,1637390624821", ONE),
        ("https://a.example/1, https://a.example/2", ONE),
        ("https://a.example/1,", ONE),
        ("2021-11-20;https://a.example/1;x", ONE),
        ('"https://a.example/1","A, b","https://a.example/picture.jpg"', ONE),
        ("'https://a.example/1', 'x'", ONE),
        ("<https://a.example/1>", ONE),
        ("- [A title](https://a.example/1) read", ONE),
        ("[x](https://a.example/a_(b))", "https://a.example/a_(b)"),
        ("https://a.example/1|x", ONE),
        ("HTTPS://A.example/1#top", ONE),
        ('{"title": "x", "url": "https:\\/\\/a.example\\/1"}', ONE),
        ('"https://a.example/?a=1\\u0026b=2"', "https://a.example/?a=1&b=2"),
        ('"https://a.example/1\\q"', "https://a.example/1\\q"),
        ('"https://a.example/1', ONE),
        ("https://a.example/politik/0,1518,1215302,00.html", "https://a.example/politik/0,1518,1215302,00.html"),
        ("https://a.example/politik/0,1518,00.html\tx", "https://a.example/politik/0,1518,00.html"),
        ("https://w.example/web/2021/https://a.example/1", "https://w.example/web/2021/https://a.example/1"),
        ("https://a.example/渡轮", "https://a.example/%E6%B8%A1%E8%BD%AE"),
    ],
)
def test_the_first_address_of_a_line_is_meant(line: str, url: str) -> None:
    assert found(line.encode()) == [urls.canonical(url)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_in_either_encoding(encoding: str) -> None:
    assert found("渡轮恢复通航\thttps://a.example/渡轮\n".encode(encoding)) == [
        urls.canonical("https://a.example/渡轮")
    ]


def test_lists_of_json() -> None:
    pretty = b'[\n  "https://a.example/1",\n  "https:\\/\\/a.example\\/2"\n]\n'
    assert (found(pretty), problems(pretty)) == ([ONE, "https://a.example/2"], [])
    assert found(b'["https://a.example/1","https://a.example/2"]') == [ONE, "https://a.example/2"]
    named = b'[{"url": "https://a.example/1", "image": "https://a.example/x.jpg"}]'
    assert found(named) == [ONE]
    spread = b'[\n{\n"title": "https://t.example/",\n"link": "https://a.example/1"\n}\n]'
    assert (found(spread), problems(spread)) == ([ONE], [])


def test_a_list_on_one_line_is_read_in_pieces() -> None:
    many = [f"https://a.example/{n}" for n in range(20_000)]
    data = ('["' + '","'.join(many) + '"]').encode()
    assert found(*(data[at : at + 9_999] for at in range(0, len(data), 9_999))) == many


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"www.a.example/1", "line 2: no web address: 'www.a.example/1'"),
        (b"ftp://a.example/1", "line 2: no web address: 'ftp://a.example/1'"),
        (b"https://", "line 2: not an http(s) address: 'https://'"),
        (b"h\0t\0t\0p\0", "line 2: no text in UTF-8 or GB18030 (UTF-16, perhaps)"),
        (b"\xff\xfe\xff", "line 2: no web address: '\ufffd\ufffd\ufffd'"),
        (b"https://a.example/" + b"x" * 9000, "line 2: address over 8192 bytes"),
        (b"x" * (MAX_LINE + 1), f"line 2: over {MAX_LINE} bytes"),
        (b"https://a.example/" + b"x" * 300_000, f"line 2: over {MAX_LINE} bytes"),
    ],
)
def test_a_line_that_names_none_is_told_and_the_next_one_read(line: bytes, problem: str) -> None:
    data = b"# x\n" + line + b"\nhttps://a.example/1\n"
    for size in (7, 65_536, len(data)):
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        assert (problems(*blocks), found(*blocks)) == ([problem], [ONE])


def test_a_long_last_line_without_an_end_is_told() -> None:
    assert problems(b"x" * 70_000, b"x" * 70_000) == [f"line 1: over {MAX_LINE} bytes"]


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(1, 40))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_blocks_make_no_difference_and_nothing_raises(lines: list[bytes], size: int) -> None:
    data = b"\nhttps://a.example/1\n".join(lines)
    assert list(read([data])) == list(read([data[at : at + size] for at in range(0, len(data), size)]))


@pytest.mark.parametrize("text", ["[", '["', '"url":', "https://", ",,", "https://a.example/1,a"])
def test_hostile_lines_take_no_longer(text: str) -> None:
    assert len(list(read([(text * (60_000 // len(text)) + "\n").encode()] * 20))) <= 20 * 60_000
