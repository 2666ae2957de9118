"""Encodings: which one the bytes are really in, whatever is said about them."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.charset import decode, is_wide, utf8

JAPANESE = "新しい橋は昨日の午前に開通しました。両岸の住民はもう山道を回らなくてもよいです。"
FRENCH = "L’été dernier, nous étions à la plage où il faisait très chaud, et le pont était déjà ouvert."
CHINESE = "公告：渡轮今日恢复通航，市民排队等候两小时"
RUSSIAN = "Паром снова ходит, и жители города стояли в очереди два часа подряд, чтобы попасть на него."

DECODED = [
    ("utf-8", b"\xef\xbb\xbf" + CHINESE.encode(), "text/xml; charset=gbk", CHINESE),
    ("mark of UTF-16", CHINESE.encode("utf-16"), "", CHINESE),
    ("mark of UTF-32", CHINESE.encode("utf-32"), "", CHINESE),
    ("UTF-16 without a mark", "<?xml?>x".encode("utf-16-be"), "", "<?xml?>x"),
    ("UTF-8 under a wrong label", CHINESE.encode(), "text/xml; charset=iso-8859-1", CHINESE),
    ("two letters that are valid UTF-8 by chance", "联通".encode("gbk"), "text/xml; charset=gbk", "联通"),
    ("gb2312 means gb18030", "喆镕囍".encode("gb18030"), 'text/xml; Charset="gb2312"', "喆镕囍"),
    ("latin-1 means windows-1252", b"\x93caf\xe9\x94", "text/xml; charset=ISO-8859-1", "“café”"),
    ("latin-1 where windows-1252 has a hole", b"caf\xe9\x81", "text/xml; charset=ISO-8859-1", "café\x81"),
    ("seven bits, by its label", "日本".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "日本"),
    ("a label nobody knows", b"abc", "text/xml; charset=x-user", "abc"),
    ("a codec that is no charset", b"a\\u0041", "text/xml; charset=unicode_escape", "a\\u0041"),
    ("no text codec at all", b"abc", "text/xml; charset=hex", "abc"),
    ("declaration after a header that lies", "渡轮".encode("gbk"), "text/xml; charset=utf-8", "渡轮"),
    ("one cut character", ("渡轮" * 40).encode()[:-1], "text/xml", "渡轮" * 39 + "渡\ufffd"),
    ("no label", RUSSIAN.encode("cp1251"), "", RUSSIAN),
    ("UTF-16 that says so", "<a>渡轮</a>".encode("utf-16-le"), "text/xml; charset=utf-16le", "<a>渡轮</a>"),
    (
        "ASCII that says it is UTF-16 (.NET)",
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        "",
        '<?xml version="1.0" encoding="utf-16"?><a/>',
    ),
    ("UTF-8 labelled ASCII", "caf\xe9".encode(), "text/xml; charset=us-ascii", "café"),
    (
        "UTF-8 with one broken byte, labelled gbk",
        CHINESE.encode() * 2 + b"\xff.",
        "text/xml; charset=gbk",
        CHINESE * 2 + "\ufffd.",
    ),
    ("nothing to guess from", b"\xff", "", "\ufffd"),
    ("nothing that fits any encoding", b"\x81\xff\x81\xff\x00\xff\xff", "", "\ufffd" * 4 + "\x00\ufffd\ufffd"),
]


@pytest.mark.parametrize(("body", "header", "text"), [row[1:] for row in DECODED], ids=[row[0] for row in DECODED])
def test_decode(body: bytes, header: str, text: str) -> None:
    if text == "渡轮":
        head = '<?xml version="1.0" encoding="gbk"?>'
        body, text = head.encode() + body, head + text
    assert decode(body, header) == text


def document(text: str, meta: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{meta}<title>t</title></head><body><p>{text}</p></body></html>"


GB_META = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param(document(CHINESE).encode(), "text/html", CHINESE, id="utf-8 without a label"),
        pytest.param(
            document(CHINESE).encode("gb18030"), "text/html; charset=GB2312", CHINESE, id="gb2312 means gb18030"
        ),
        pytest.param(
            document("朱镕基" + CHINESE).encode("gb18030"),
            "text/html; charset=gb2312",
            "朱镕基" + CHINESE,
            id="beyond gb2312",
        ),
        pytest.param(
            document(CHINESE, GB_META).encode("gb18030"),
            "text/html; charset=utf-8",
            CHINESE,
            id="gb2312 labelled utf-8",
        ),
        pytest.param(document(CHINESE, GB_META).encode("gb18030"), "text/html", CHINESE, id="meta alone"),
        pytest.param(document(CHINESE).encode("gb18030"), "text/html", CHINESE, id="gb18030 unlabelled"),
        pytest.param(
            document(CHINESE).encode("gb18030"), "text/html; charset=utf-8", CHINESE, id="gb18030 mislabelled"
        ),
        pytest.param(
            document(CHINESE, GB_META).encode(), "text/html; charset=gbk", CHINESE, id="utf-8 labelled gbk twice"
        ),
        pytest.param(document(CHINESE).encode(), "text/html; charset=ISO-8859-1", CHINESE, id="utf-8 labelled latin-1"),
        pytest.param(
            document(FRENCH).encode("cp1252"), "text/html; charset=iso-8859-1", FRENCH, id="latin-1 means cp1252"
        ),
        pytest.param(document(FRENCH).encode("cp1252"), "text/html", FRENCH, id="cp1252 unlabelled"),
        pytest.param(document(JAPANESE).encode("cp932"), 'text/html; charset="Shift_JIS"', JAPANESE, id="shift_jis"),
        pytest.param(
            document(JAPANESE).encode("euc_jp"), "text/html; charset=x-euc-jp", JAPANESE, id="a label of the web"
        ),
        pytest.param(
            codecs.BOM_UTF8 + document(CHINESE).encode(), "text/html; charset=gbk", CHINESE, id="mark before label"
        ),
        pytest.param(codecs.BOM_UTF16_LE + document(CHINESE).encode("utf-16-le"), "text/html", CHINESE, id="utf-16"),
        pytest.param(
            b'<?xml version="1.0" encoding="gbk"?>' + document(CHINESE).encode("gbk"), "text/xml", CHINESE, id="xml"
        ),
        pytest.param(
            document("é", '<meta charset="utf-16">').encode(), "text/html", "é", id="utf-16 in ASCII is utf-8"
        ),
        pytest.param(document("é").encode(), "text/html; charset=utf-7", "é", id="utf-7 is refused"),
        pytest.param(document("é").encode(), "text/html; charset=nonsense", "é", id="unknown label"),
        pytest.param(document("plain").encode(), "text/html; charset=hex", "plain", id="a codec that makes no text"),
    ],
)
def test_labels(body: bytes, content_type: str, text: str) -> None:
    assert text in decode(body, content_type)


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    body = document(CHINESE * 5 + "!!").encode("gb18030").replace(b"!!", b"!\xff!")
    assert CHINESE * 5 + "!\ufffd!" in decode(body, "text/html; charset=gbk")
    body = document(CHINESE * 5 + "!!").encode().replace(b"!!", b"!\xff!")
    assert CHINESE * 5 + "!\ufffd!" in decode(body, "text/html; charset=utf-8")
    assert CHINESE * 5 + "!\ufffd!" in decode(body, "text/html; charset=rot13")


@settings(deadline=None, derandomize=True)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        ["", "text/xml; charset=gbk", "text/xml; charset=utf-16", "text/html; charset=big5", "a/b; charset=hex"]
    ),
)
def test_decode_never_fails(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)
    assert utf8(body, content_type) == decode(body, content_type).encode("utf-8", "ignore")


def test_most_documents_stay_as_they_are() -> None:
    body = document(CHINESE).encode()
    assert utf8(body, "text/html; charset=gbk") is body
    twice = document(FRENCH).encode().decode("cp1252").encode()
    assert utf8(twice) == document(FRENCH).encode()
    assert utf8(document(CHINESE).encode("gbk"), "text/html; charset=gbk") == body


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("渡".encode("utf-16"), True),
        ("渡".encode("utf-32"), True),
        ("<?xml".encode("utf-16-be"), True),
        (codecs.BOM_UTF8, False),
        (b"<p>", False),
    ],
)
def test_is_wide(body: bytes, answer: bool) -> None:
    assert is_wide(body) is answer
