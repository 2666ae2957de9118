"""How a text reads that was decoded rightly, and one that was not."""

from __future__ import annotations

import pytest

from crawler.charset import ILLEGIBLE, LEGIBLE
from crawler.legible import legibility

CHINESE = "渡轮今日恢复通航，市民排队等候两小时，船长说一切顺利，两岸的居民不必再绕行山路了。"
RUSSIAN = "Паром снова ходит, и жители города стояли в очереди два часа подряд, чтобы попасть на него."
GERMAN = "„Die Fähre fährt wieder“, sagte die Bürgermeisterin, „für die Bürger dies- und jenseits des Flusses.“"
ITALIAN = "La città è felice: il traghetto è più veloce, perché il ponte è già aperto e la gente può passarvi."
WELL = [
    (CHINESE, "gb18030"),
    ("渡輪今日恢復通航，市民排隊等候兩小時，船長說一切順利。", "big5hkscs"),
    ("新しい橋は昨日の午前に開通しました。", "euc_jp"),
    ("새 다리가 어제 오전에 개통되었습니다.", "cp949"),
    (RUSSIAN, "cp1251"),
    ("Поромъ ідетъ, і жителі стоять у черзі дві години.", "cp1251"),
    (GERMAN, "cp1252"),
    (ITALIAN, "cp1252"),
    ("« À l’été », où l’on dit « Ô »…", "cp1252"),
]
BADLY = [
    (CHINESE, "gb18030", "cp949"),
    (CHINESE, "utf-8", "gb18030"),
    (CHINESE, "gb18030", "cp1251"),
    (CHINESE, "gb18030", "iso8859-1"),
    (RUSSIAN, "koi8-r", "cp1251"),
    (RUSSIAN, "cp1251", "koi8-r"),
    (RUSSIAN, "cp1251", "iso8859-1"),
    (GERMAN, "cp1252", "cp1251"),
    (ITALIAN, "cp1252", "koi8-r"),
    ("Ünlü şair İstanbul’da öldü, ağır hasta idi.", "cp1254", "cp1251"),
]


@pytest.mark.parametrize(("text", "encoding"), WELL)
def test_a_text_reads_well(text: str, encoding: str) -> None:
    found = legibility(text, encoding)
    assert found is not None
    assert found >= LEGIBLE


@pytest.mark.parametrize(("text", "encoding", "taken_for"), BADLY)
def test_a_text_in_another_encoding_does_not(text: str, encoding: str, taken_for: str) -> None:
    found = legibility(text.encode(encoding).decode(taken_for, "replace"), taken_for)
    assert found is not None
    assert found < ILLEGIBLE


@pytest.mark.parametrize(
    ("text", "encoding"), [("é", "cp1252"), ("Η νέα γέφυρα άνοιξε χθες", "iso8859-7"), ("", "gbk")]
)
def test_what_cannot_be_told_is_not_judged(text: str, encoding: str) -> None:
    assert legibility(text, encoding) is None
