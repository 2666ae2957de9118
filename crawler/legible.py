"""How little a text reads like one: whether bytes were read in their encoding or in another.

Pure. Bytes of one encoding often decode in another without any fault; what tells is that hardly one of the characters
is then a common one. Rule: this is evidence against a stated encoding only beside another that reads well; a text of
rare characters is still a text, and what is not known here is not judged.
"""

from __future__ import annotations

import re

#: Characters looked at, of both kinds.
SAMPLE = 1 << 20
#: Characters outside ASCII from which on a share means something.
ENOUGH = 8
FOREIGN = re.compile(r"[^\x00-\x7f]+")
#: The commonest characters of Chinese in both forms, signs, all hiragana, the commonest syllables of Korean.
EASTERN = frozenset(
    "的一是不了在人有我他这個个们來中来上大为为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方"
    "多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日這個們為國說時會對於著過發後裡種經麼學現當沒"
    "動還進樣開從實月今市新公高长長民政外将將与與两兩三及等被者报報记記者员員据據此已由向"
    "，。、：；？！（）「」『』《》“”‘’…—·・ー　％"
    "あいうえおかがきぎくぐけげこごさざしじすずせぜそぞただちぢつづってでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもやゆよ"
    "らりるれろわをんゃゅょ"
    "이다는에의가을를하고은로한지사기도서인대정일있어들자수리나시해부원전보제과그것으했습니까라만장적주여"
)
#: The commonest letters of Cyrillic scripts; small, because KOI8-R and Windows-1251 have them where the other has
#: the capitals.
CYRILLIC = frozenset("оеаинтсрвлі")
#: Foreign letters in a word of ours, which no script but the Latin one has.
MIXED = re.compile(r"[a-zA-Z][^\x00-\x7f]+|[^\x00-\x7f]+[a-zA-Z]")
#: What is common in the texts of an encoding, and the least share of it in a text that reads well.
COMMON = {
    **dict.fromkeys(("gb18030", "gbk", "gb2312", "big5hkscs", "big5", "cp950"), (EASTERN, 0.22)),
    **dict.fromkeys(("cp932", "shift_jis", "euc_jp", "iso2022_jp", "cp949", "euc_kr"), (EASTERN, 0.22)),
    **dict.fromkeys(("cp1251", "koi8-r", "koi8-u", "iso8859-5"), (CYRILLIC, 0.45)),
}
LATIN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257"})
#: In Latin scripts no more foreign characters stand together than a quote, a blank and a letter with an accent.
MAX_LATIN_RUN = 3


def legibility(text: str, encoding: str) -> float | None:
    """Return how well a text reads: from 1 on well, near 0 not at all; None where that cannot be told.

    Args:
        text: decoded without much damage.
        encoding: the one it was decoded from, by Python's name.
    """
    text = text[:SAMPLE]
    runs = FOREIGN.findall(text)
    total = sum(map(len, runs))
    if total < ENOUGH:
        return None
    if encoding in LATIN:
        return sum(len(run) for run in runs if len(run) <= MAX_LATIN_RUN) / total
    if encoding not in COMMON:
        return None
    common, least = COMMON[encoding]
    if common is CYRILLIC:
        text = MIXED.sub("", text)
    return sum(char in common for char in text) / total / least
