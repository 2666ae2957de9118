"""In which language a page is, by its tags and by its script."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.language import language_of, script_language

ZH = "跨江新桥今天上午正式通车，两岸居民步行过桥庆祝，市长说这是城市的大日子。"


@pytest.mark.parametrize(
    ("lang", "said", "text", "want"),
    [
        ("zh-Hant-TW", [], ZH, "zh-Hant-TW"),
        ("", ["de"], "x", "de"),
        ("", ["zh_CN"], ZH, "zh-CN"),
        ("{{ lang }}", ["", "fr"], "x", "fr"),
        ("en-US", [], ZH, "zh"),
        ("en", [], f"The headline {ZH[:9]} is in another language, but all the rest of it is in English.", "en"),
        ("fr", [], ZH, "fr"),
        ("", [], ZH, "zh"),
        ("", [], "A text in English", ""),
        ("", [], ZH * 100, "zh"),
    ],
)
def test_languages(lang: str, said: list[str], text: str, want: str) -> None:
    root = html.document_fromstring(
        f"<html lang='{lang}'><title>x</title><body><p>{text}</p><p>{text}</p></body></html>"
    )
    assert language_of(root, said) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (ZH, "zh"),
        ("新しい橋が今日の午前に正式に開通し、両岸の住民が歩いて渡りました。", "ja"),
        ("새 다리가 오늘 오전에 정식으로 개통되어 양쪽 주민들이 걸어서 건넜습니다.", "ko"),
        ("Новый мост открыт сегодня утром, и жители обоих берегов прошли по нему.", "ru"),
        ("Новий міст відкрито сьогодні вранці, і мешканці обох берегів пройшли ним, її.", "uk"),
        ("Новы мост адкрыты сёння раніцай, і жыхары абодвух берагоў прайшлі па ім.", "be"),
        ("Нов мост бе открит днес сутринта и жители от двата бряга минаха по него", ""),
        ("افتتح الجسر الجديد هذا الصباح وعبره السكان من الضفتين سيرا", "ar"),
        ("پل جدید امروز صبح باز شد و ساکنان هر دو سو از آن گذشتند", "fa"),
        ("Η νέα γέφυρα άνοιξε σήμερα το πρωί για όλους τους κατοίκους", "el"),
        ("הגשר החדש נפתח הבוקר ותושבי שתי הגדות חצו אותו ברגל", "he"),
        ("Der neue Fußgängerübergang ist seit heute früh geöffnet", ""),
        ("新桥", ""),
        ("", ""),
    ],
)
def test_scripts(text: str, want: str) -> None:
    assert script_language(text) == want
