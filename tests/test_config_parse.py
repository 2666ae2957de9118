"""config.parse: text to values, and what is said of text that is none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.config import parse

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("0", timedelta()),
        ("0h", timedelta()),
        ("-0", timedelta()),
        ("20s", timedelta(seconds=20)),
        ("15m", 15 * MINUTE),
        ("15M", 15 * MINUTE),
        (" 1h30m ", 90 * MINUTE),
        ("1h 30m", 90 * MINUTE),
        ("1.5h", 90 * MINUTE),
        ("250ms", timedelta(milliseconds=250)),
        ("0.1s", timedelta(milliseconds=100)),
        ("3d", 3 * DAY),
        ("1w2d", 9 * DAY),
    ],
)
def test_durations(value: str, span: timedelta) -> None:
    assert parse.duration()(value) == span


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("15", "'15' has no unit: write 15s, 15m, 15h or 15d"),
        ("1.5", "has no unit"),
        ("", "is no duration: write it like"),
        ("h", "is no duration"),
        ("m15", "is no duration"),
        ("30m1h", "is no duration"),
        ("15 minutes", "is no duration"),
        ("*/15 * * * *", "is no duration"),
        ("auto", "is no duration"),
        ("٣m", "is no duration"),
        ("400d", "'400d' is out of bounds: 0s to 366d"),
        ("-1s", "out of bounds"),
        ("9" * 30 + "d", "is too long"),
    ],
)
def test_wrong_durations(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("*", r"\*")):
        parse.duration()(value)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "0s"),
        (HOUR, "1h"),
        (-DAY, "-1d"),
        (90 * MINUTE, "90m"),
        (timedelta(seconds=90), "90s"),
        (timedelta(milliseconds=1), "1ms"),
        (14 * DAY, "14d"),
    ],
)
def test_durations_are_spelled_as_they_are_read(span: timedelta, text: str) -> None:
    assert parse.spell(span) == text
    assert parse.duration(-DAY)(text) == span


@pytest.mark.parametrize(
    ("value", "count"),
    [("15MB", 15_000_000), ("512KiB", 524_288), ("1.5 kB", 1500), ("1GiB", 1024**3), ("2mib", 2 * 1024**2)],
)
def test_sizes(value: str, count: int) -> None:
    assert parse.size(1000, 1024**3)(value) == count


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("15", "has no unit: write 15MB or 15KiB"),
        ("0", "has no unit"),
        ("15 apples", "is no size"),
        ("-1MB", "is no size"),
        ("1TB", "is no size"),
        ("999b", "'999b' is out of bounds: 1,000 to 2,000 bytes"),
        ("3kB", "out of bounds"),
    ],
)
def test_wrong_sizes(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse.size(1000, 2000)(value)


@pytest.mark.parametrize("value", ["0", "17", "1.5", "-1", "many", "", "1_0", "9" * 5000])
def test_wrong_numbers(value: str) -> None:
    assert parse.number(1, 16)("16") == 16
    with pytest.raises(ValueError, match="is no whole number from 1 to 16"):
        parse.number(1, 16)(value)


def test_booleans() -> None:
    given = {word: parse.boolean(word) for word in ("true", "Yes", "on", "FALSE", "no", "off")}
    assert given == {"true": True, "Yes": True, "on": True, "FALSE": False, "no": False, "off": False}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("bst", r'\'bst\' is not known \(did you mean "best"\?\): write one of best, page$'),
        ("x", "'x' is not known: write one of best, page$"),
    ],
)
def test_choices(value: str, message: str) -> None:
    assert parse.choice("best", "page")(" page ") == "page"
    with pytest.raises(ValueError, match=message):
        parse.choice("best", "page")(value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [("asia/singapore", "Asia/Singapore"), ("Europe/Berln", "Europe/Berlin"), ("Asia", ""), ("../etc/passwd", "")],
)
def test_timezones(value: str, hint: str) -> None:
    assert parse.timezone("Asia/Singapore") == "Asia/Singapore"
    with pytest.raises(ValueError, match="is no time zone" + (rf' \(did you mean "{hint}"' if hint else "")):
        parse.timezone(value)


@pytest.mark.parametrize(
    "value", ["_posts/{date}-{title}.md", "{title}.md", "{source}/{year}/{month}/{day}-{title}.md", "新闻/{title}.md"]
)
def test_templates(value: str) -> None:
    assert parse.template(value) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{date}.md", "has no {title}"),
        ("{title}.txt", "does not end in .md: write it like _posts/{date}-{title}.md"),
        ("{titel}.md", '{titel} is not known (did you mean "title"?): write {date}, {day}, '),
        ("{}-{title}.md", "{} is not known: "),
        ("{title:>9}.md", "{title:>9} is not known"),
        ("{title}}.md", "has a brace without its partner"),
        ("../{title}.md", "inside the archive"),
        ("a/../{title}.md", "inside the archive"),
        ("/{title}.md", "inside the archive"),
        ("a//{title}.md", "inside the archive"),
        (".crawler/{title}.md", "inside the archive"),
        ("a /{title}.md", "inside the archive"),
        ("_site/{title}.md", "in the folder that Jekyll empties"),
        ("a\\{title}.md", r"must not have: leave out '\\'"),
        ("C:/{title}.md", "must not have: leave out ':'"),
        ("a\n{title}.md", "has a character"),
    ],
)
def test_wrong_templates(value: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the message is compared as text below
        parse.template(value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("https://example.org/feed?a=b&c", "https://example.org/feed?a=b&c"),
        (" HTTP://Example.org ", "HTTP://Example.org"),
        ("https://用户.example/新闻", "https://用户.example/新闻"),
        ("rsshub://zaobao/realtime/china", "rsshub://zaobao/realtime/china"),
        ("RSSHub:///zaobao/realtime/china/?limit=5", "rsshub://zaobao/realtime/china/?limit=5"),
    ],
)
def test_addresses(value: str, kept: str) -> None:
    assert parse.source_address(value) == kept


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("rsshub://a b", "is no RSSHub route"),
        ("rsshub://../x", "is no RSSHub route"),
        ("rsshub://a#b", "is no RSSHub route"),
        ("https://", "not an http"),
        ("https://example.org:99999/", "not an address"),
        ("https://example.org/\x85feed", "without control characters"),
        ("file:///etc/passwd", "write http://…, https://… or rsshub://route"),
        ("javascript:alert(1)", "write http://…"),
        ("feed.xml", "has no scheme: write https://feed.xml"),
        ("words", "is no address"),
    ],
)
def test_wrong_addresses(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse.source_address(value)


@pytest.mark.parametrize("value", ["", " ", "me\r\nX-Evil: 1", "联系", "a(b", "back\\slash", "x" * 201])
def test_a_contact_fits_into_a_header(value: str) -> None:
    assert parse.contact(" mail me: bot@example.org ") == "mail me: bot@example.org"
    with pytest.raises(ValueError, match="must"):
        parse.contact(value)
