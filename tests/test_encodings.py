"""Whole pages in every encoding, labelled in every way → the article's Markdown, to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crawler.extractor import extract, parse_rules
from crawler.model import CanonicalURL, Entry, Page, Source
from crawler.writer.markdown import to_markdown

NOW = datetime(2026, 7, 1, tzinfo=UTC)
URL = "https://e.org/a"
SOURCE = Source(name="s", url="https://e.org/feed")

CHINESE = (
    "镕城与喆县之间的犇牛大桥今天上午通车。“这座桥花了三年时间，”县长说，“两岸的居民不必再绕行山路了。”"
    "据当地渡轮公司介绍，旧渡轮将继续营运到年底，票价不变；市民排队等候了两个小时。"
)
EURO = f"{CHINESE}总投资为€两亿。"
RARE = f"{EURO}桥头的𠮷祥寺也重新开放。"
TRADITIONAL = (
    "嘉義縣的跨海大橋今天上午通車。「這座橋花了三年時間，」縣長說，「兩岸的居民不必再繞行山路了。」"
    "據當地渡輪公司介紹，舊渡輪將繼續營運到年底，票價不變；市民排隊等候了兩個小時。"
)
CANTONESE = f"{TRADITIONAL}啲街坊話佢哋好開心。"
JAPANESE = (
    "新しい橋は昨日の午前に開通しました。「両岸の住民はもう山道を回らなくてもよいのです」と市長は語った。"
    "フェリー会社によると、古い船は年末まで運航を続け、運賃は変わらないという。"
)
JAPANESE_OF_WINDOWS = f"{JAPANESE}髙橋さんは①番目の車に乗っていた。"
GERMAN = (
    "Die neue Brücke wurde gestern eröffnet. „Wir müssen nicht mehr über die Berge fahren“, sagte die Bürgermeisterin, "
    "„und das spart jährlich 3 Mio. €.“ Die alte Fähre fährt noch bis Jahresende – der Preis bleibt größtenteils gleich."
)
RUSSIAN = (
    "Новый мост открыли вчера утром. «Жителям больше не нужно ездить через горы», — сказал мэр. По словам компании, "
    "старый паром будет ходить до конца года, а цена билета не изменится."
)
KOREAN = (
    "새 다리가 어제 오전에 개통되었습니다. 양쪽 주민들은 더 이상 산길로 돌아가지 않아도 됩니다. "
    "여객선 회사에 따르면 낡은 배는 연말까지 계속 운항하며 요금은 변하지 않습니다."
)


@dataclass(frozen=True)
class Written:
    """A text, how its bytes are made, and how the web labels such bytes."""

    text: str
    codec: str
    labels: tuple[str, ...]

    def body(self, meta: str) -> bytes:
        head = f'<meta charset="{meta}">' if meta else ""
        page = f"<!DOCTYPE html><html><head>{head}<title>t</title></head><body><article><p>{self.text}</p><p>{self.text}</p></article></body></html>"
        if self.codec == "cp936":  # Windows has the euro sign where GBK has nothing
            return page.encode("gbk", "xmlcharrefreplace").replace(b"&#8364;", b"\x80")
        return page.encode(self.codec)


WRITTEN = {
    "UTF-8": Written(RARE, "utf-8", ("utf-8", "UTF8", "utf8mb4")),
    "UTF-8, Japanese": Written(JAPANESE_OF_WINDOWS, "utf-8", ("utf-8",)),
    "UTF-8, German": Written(GERMAN, "utf-8", ("utf-8",)),
    "GB 2312": Written(CHINESE.replace("镕", "溶").replace("喆", "哲").replace("犇", "奔"), "gb2312", ("gb2312",)),
    "GBK": Written(CHINESE, "gbk", ("gbk", "gb2312", "x-gbk", "GB_2312-80")),
    "GBK with a euro": Written(EURO, "cp936", ("gbk", "gb2312")),
    "GB 18030": Written(RARE, "gb18030", ("gb18030", "gbk", "gb2312")),
    "Big5": Written(TRADITIONAL, "big5", ("big5", "x-x-big5")),
    "Big5 of Windows": Written(TRADITIONAL, "cp950", ("big5", "cp950")),
    "Big5 of Hong Kong": Written(CANTONESE, "big5hkscs", ("big5", "big5-hkscs")),
    "Shift_JIS": Written(JAPANESE, "shift_jis", ("shift_jis", "x-sjis")),
    "Shift_JIS of Windows": Written(JAPANESE_OF_WINDOWS, "cp932", ("shift_jis", "windows-31j", "sjis")),
    "EUC-JP": Written(JAPANESE, "euc_jp", ("euc-jp", "x-euc-jp")),
    "ISO-2022-JP": Written(JAPANESE, "iso2022_jp", ("iso-2022-jp",)),
    "Windows-1252": Written(GERMAN, "cp1252", ("windows-1252", "iso-8859-1", "latin1", "us-ascii")),
    "Windows-1251": Written(RUSSIAN, "cp1251", ("windows-1251", "x-cp1251")),
    "KOI8-R": Written(RUSSIAN.translate({ord(c): '"' for c in "«»—"}), "koi8_r", ("koi8-r",)),
    "EUC-KR": Written(KOREAN, "euc_kr", ("euc-kr", "ks_c_5601-1987")),
    "UHC": Written(f"{KOREAN} 똠방각하도 왔다.", "cp949", ("euc-kr", "windows-949")),
    "UTF-16 with a mark": Written(RARE, "utf-16", ("utf-16", "utf-8")),
    "UTF-16, little end first": Written(RARE, "utf-16-le", ("utf-16le", "utf-16")),
    "UTF-16, big end first": Written(RARE, "utf-16-be", ("utf-16be",)),
    "UTF-8 with a mark": Written(RARE, "utf-8-sig", ("utf-8", "gbk", "iso-8859-1")),
}
#: Labels of other encodings, of none, and what Apache says of everything.
WRONG = (
    "utf-8",
    "iso-8859-1",
    "windows-1252",
    "gb2312",
    "big5",
    "shift_jis",
    "windows-1251",
    "euc-kr",
    "utf-16",
    "x-user-defined",
)
#: Kana are at the same places in EUC-JP and in the Chinese sets: a stated one of these is believed.
BELIEVED = {("EUC-JP", "gb2312"), ("EUC-JP", "big5")}


def markdown(body: bytes, header: str) -> str:
    content_type = f"text/html; charset={header}" if header else "text/html"
    page = Page(URL, URL, 200, (("content-type", content_type),), body, NOW)
    return to_markdown(extract(page, Entry(), SOURCE, CanonicalURL(URL), parse_rules(()), NOW).html)


def ways(name: str) -> list[tuple[str, str]]:
    """Return header and meta of each way to label a page: right, wrong, contradictory, not at all."""
    wrong = [label for label in WRONG if (name, label) not in BELIEVED]
    found = [("", "")]
    for right in WRITTEN[name].labels:
        found += [(right, ""), ("", right), (right, right)]
        found += [pair for label in wrong for pair in ((right, label), (label, right))]
    return [*found, *(pair for label in wrong for pair in ((label, ""), ("", label), (label, label)))]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_is_read_in_its_encoding_whatever_it_says(name: str) -> None:
    written = WRITTEN[name]
    text = to_markdown(f"<p>{written.text}</p>")
    for header, meta in ways(name):
        assert markdown(written.body(meta), header) == f"{text}\n\n{text}", (header, meta)


def test_a_header_in_capitals_and_quotes_counts() -> None:
    written = WRITTEN["GBK"]
    page = Page(URL, URL, 200, (("content-type", 'text/html; Charset="GB2312"'),), written.body(""), NOW)
    assert written.text in to_markdown(extract(page, Entry(), SOURCE, CanonicalURL(URL), parse_rules(()), NOW).html)


def test_a_label_is_believed_that_cannot_be_judged() -> None:
    greek = "Η νέα γέφυρα άνοιξε χθες το πρωί, και οι κάτοικοι δεν χρειάζεται πια να περνούν από τα βουνά."
    assert markdown(Written(greek, "iso8859-7", ()).body(""), "iso-8859-7") == f"{greek}\n\n{greek}"


@pytest.mark.parametrize("header", ["", "utf-8", "gbk", "iso-8859-1", "shift_jis"])
@pytest.mark.parametrize("text", [RARE, JAPANESE, GERMAN])
def test_a_few_broken_bytes_cost_a_few_characters(text: str, header: str) -> None:
    body = Written(f"{text}!!", "utf-8", ()).body("").replace(b"!!", b"!\xff!", 1).replace(b"!!", b"!\xe4\xb8")
    assert markdown(body, header) == f"{text}!\ufffd!\n\n{text}!\ufffd"


@pytest.mark.parametrize("header", ["", "utf-8", "iso-8859-1"])
@pytest.mark.parametrize("text", [CHINESE, JAPANESE, GERMAN, RUSSIAN])
def test_what_was_encoded_twice_is_decoded_twice(text: str, header: str) -> None:
    once = Written(text, "utf-8", ()).body("")
    twice = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in once).encode()
    assert markdown(twice, header) == f"{text}\n\n{text}"


@pytest.mark.parametrize("first", ["„Brücke“", "BrÃ¼cke"])
def test_a_page_that_shows_such_an_accident_keeps_it(first: str) -> None:
    text = f"{first} wird dann „BrÃ¼cke“, aus „größer“ wird „grÃ¶Ã\x9fer“, und so weiter für jede Zeile der Datei. " * 2
    assert "BrÃ¼cke" in markdown(Written(text, "utf-8", ()).body(""), "utf-8")
