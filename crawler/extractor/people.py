"""Names of authors as pages write them: cleaned, parted, and told from the names of houses.

Rule: a name is never made up: what cannot be parted with certainty stays whole. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from itertools import islice

from ..markup import squeeze

#: Words before a name that are not part of it.
BYLINE = re.compile(
    r"^\s*(?:(?:(?:written|reported|story|text|reporting|analysis|opinion)?\s*by\b|text:|texto:)[:\s]*"
    r"|(?:(?:ein )?(?:artikel|beitrag)|erstellt|verfasst|geschrieben) von\s"
    r"|(?:von|por|par|di|door|af|av|przez|oleh)(?::|\s(?=(?-i:[^\W\d_a-zà-ÿ])\S*\s))\s*"
    r"|(?:автор(?:ы)?|authors?|autor(?:in|en|es)?|auteurs?|autore|yazar|penulis)\s*[:\s]\s*"
    r"|(?:文|作者|记者|記者|撰文|责任编辑)\s*[/:：／|]\s*)",
    re.I,
)
#: RFC 822 `mail@host (Name)`, as RSS <author> has it, and a mail address alone.
MAIL = re.compile(r"^\s*<?[\w.+-]+@[\w.-]+>?\s*(?:\((?P<name>[^)]*)\))?\s*$")
#: A reporter's sign behind the name, as German-language papers print it: "Ann Lee (ale)", "(obe.)".
SIGN = re.compile(r"\s\((?:[a-zäöü]{2,4}\.?)\)$")
#: Addresses and the nothings of programs.
NO_NAME = re.compile(r"(?:https?:)?//|www\.|@?null$|undefined$|@\w+$|\d+$", re.I)
#: Characters; longer "names" are sentences.
MAX_NAME = 100
#: Characters of one text that are looked at, texts, and names of one article; more are no authors.
MAX_TEXT = 2000
MAX_PEOPLE = 50

#: What stands between two names: "A and B", "A / B"; a comma only where `_commas` says so; a semicolon always.
BETWEEN = re.compile(
    r"\s+(?:and|und|et|og|och|y|e|en|ja|ve|и|dan|i)\s+(?=[^\W\d_a-z])|\s*、\s*|\s+&\s+|\s*/\s+|\s+/\s*"
)
STOPS = re.compile(r"\s*[;；|]\s*")
COMMA = re.compile(r"\s*[,，]\s*(?:(?:and|und|et|og|och|y|e|en|ja|ve|и|dan)\s+)?")
#: News agencies sign with their abbreviations beside the reporters' names.
AGENCY_NAMES = (
    "dpa afp ap apa sda sid epd kna ots reuters ansa efe pap tass upi dapd ddp ritzau ntb tt stt anp belga lusa xinhua "
    "kyodo yonhap aap pti ani rtr agencies 新华社 中新社 中央社 共同社 法新社 路透社 美联社"
)
AGENCIES = frozenset(AGENCY_NAMES.split())
#: Titles before and after a name; they are no name of their own.
TITLE = re.compile(r"(?:jr|sr|ph\.?d|m\.?d|ii|iii|md|esq)\.?$", re.I)
WORD = r"(?![a-zà-ÿ])[^\W\d_][\w.'’‘`-]*"
PARTICLE = (
    r"van|von|de|da|do|dos|der|den|del|della|di|la|le|el|al|bin|binti|ibn|ben|zu|y|e|ter|ten|af|av|of|the|"
    r"d[’'][^\W\d_a-z]\w+"
)
#: Two to six words with capitals, or a name in a script without them.
NAME = re.compile(
    rf"{WORD}(?:\s(?:{PARTICLE}|{WORD})){{1,5}}"
    r"|[\u3040-\u30ff\u4e00-\u9fff]{2,4}(?:\s?[\u4e00-\u9fff·]{1,4})?|[\uac00-\ud7a3]{2,4}(?:\s기자)?"
)
#: Words of which an editorial office's name is made, or a button, a rank in a forum, a way to address somebody.
OFFICE = re.compile(
    r"(?i)\b(?:redak\w*|redac\w*|rédaction|redazione|newsroom|news\s?desk|desk|staff|editors?|editorial|admin\w*|team|"
    r"web(?:master|desk)?|agenc\w+|agentur\w*|correspondents?|reporters?|nachrichten|noticias|news|contributors?|"
    r"developer|press release|twitter|facebook|whatsapp|instagram|youtube|telegram|share|follow|print|e-?mail|"
    r"read more|view all|subscribe|members?|moderators?|participant|supporter|authors?|autor(?:in|en)?|answers?|topic|"
    r"posts?|articles?|beiträge|informationen|fotos?|photos?|фото|images?|your|weitere|alle|vielen|herr|frau)\b|编辑部|編輯部|本报|本報|网站|[记記]者站|本[社台刊]|一覧|列表|更多"
)


def one_line(text: str) -> str:
    """Decode entities, fold white space and drop invisible characters."""
    return squeeze(re.sub(r"[\u200b\u2060\ufeff\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffe\uffff]", " ", unescape(text)))


def clean_names(names: Iterable[str], houses: Houses | None = None) -> tuple[str, ...]:
    """Return names without "By", mail addresses, links and repetitions; too long ones are no names.

    Args:
        names: one or several people each.
        houses: a text that names one of these beside others stays whole ("Le Figaro et AFP").
    """
    found: dict[str, str] = {}
    for raw in islice(names, MAX_PEOPLE):
        for part in parted(_unlabelled(raw[:MAX_TEXT]), houses)[:MAX_PEOPLE]:
            name = _bare(part)
            if len(name) <= MAX_NAME and not NO_NAME.match(part.strip()):
                found.setdefault(name.casefold(), name)
    found.pop("", None)
    return tuple(found.values())


def _unlabelled(raw: str) -> str:
    mail = MAIL.match(raw)
    text = one_line(re.sub(r"<[^<>]*>", " ", mail["name"] or "" if mail else raw))
    return BYLINE.sub("", text)


def _bare(name: str) -> str:
    return SIGN.sub("", name.strip(" ,;/|–—-·•"))


def parted(text: str, houses: Houses | None = None) -> list[str]:
    """Part a line of several names: "A B and C D, dpa" → A B, C D, dpa; what may be one name stays whole."""
    return [name for part in STOPS.split(text) for name in _parted(part, houses)]


def _parted(text: str, houses: Houses | None) -> list[str]:
    parts = [part for piece in BETWEEN.split(text) for part in _commas(piece)]
    are_names = all((is_name(part) or is_agency(part)) and not (houses and houses.is_one(part)) for part in parts)
    return parts if are_names else [without_place(text)]


def _commas(text: str) -> list[str]:
    """Part at commas when names stand on both sides: two words each, or an agency; "Lee, Ann" is one name."""
    parts = [part for part in COMMA.split(text) if part]
    return parts if all(is_name(part) or is_agency(part) for part in parts) else [without_place(text)]


def without_place(name: str) -> str:
    """Cut what follows a name behind a comma: the place of writing, the paper's own name, a job."""
    first, comma, rest = name.partition(",")
    return first if comma and is_name(first) and not TITLE.match(rest.strip()) else name


def is_name(text: str) -> bool:
    """Tell whether a text looks like one person's name and nothing more."""
    return NAME.fullmatch(text) is not None and not OFFICE.search(text) and not TITLE.match(text)


def is_agency(text: str) -> bool:
    """Tell whether a text is the name of a news agency, as it signs."""
    return text.casefold() in AGENCIES


#: Ends of an address written as a name, and labels of hosts that name nobody.
DOMAIN = re.compile(r"(?:com|org|net|info|co|de|at|ch|fr|it|es|uk|vn|tr|tv|online|news)$")
NO_LABELS = {"com", "org", "net", "info", "news", "edition", "en", "blog", ""}


class Houses:
    """The names under which a page's house may stand in the author's place."""

    def __init__(self, names: Iterable[str], hostname: str) -> None:
        self._names = {letters(name) for name in names} - {""}
        self._host = hostname.casefold().removeprefix("www.")
        self._labels = {letters(label) for label in self._host.split(".") if len(label) > 2 or "." in label} - NO_LABELS

    def is_named(self, text: str) -> bool:
        """Tell whether a text is the house's name or address, and nothing more."""
        said = letters(text)
        return said in self._names or said in self._labels or DOMAIN.sub("", said) in self._labels

    def is_one(self, name: str) -> bool:
        """Tell whether a name in an author's place is the house's or an office's: "MDR THÜRINGEN", "Redaktion"."""
        is_of_it = letters(name.partition(" ")[0]) in self._labels or letters(self._host) in letters(name)
        return self.is_named(name) or is_of_it or OFFICE.search(name) is not None


def letters(text: str) -> str:
    """Return a name's letters and digits alone, in lower case: "The Paper." and "the-paper" are one house."""
    return re.sub(r"[\W_]+", "", text.casefold())


def people_of(names: Iterable[str], houses: Houses) -> tuple[str, ...]:
    """Return the names that are not a house's."""
    return tuple(name for name in names if not houses.is_one(name))
