"""Where a page was written, guessed from its address and language: what times without a zone and 5/4/2021 mean there.

Rule: a guess, and said to be one (`Stamp.zoned` is False); none for countries of many zones. Pure.
"""

from __future__ import annotations

from ..moments import Place
from ..urls import host
from .dates import zone_named

#: Countries of one zone, or of one in which nearly all live and write, by their top-level domain.
ZONES = {
    "ae": "Asia/Dubai", "ar": "America/Argentina/Buenos_Aires", "at": "Europe/Vienna", "ba": "Europe/Sarajevo",
    "bd": "Asia/Dhaka", "be": "Europe/Brussels", "bg": "Europe/Sofia", "by": "Europe/Minsk", "ch": "Europe/Zurich",
    "cl": "America/Santiago", "cn": "Asia/Shanghai", "cz": "Europe/Prague", "de": "Europe/Berlin",
    "dk": "Europe/Copenhagen", "ee": "Europe/Tallinn", "eg": "Africa/Cairo", "es": "Europe/Madrid",
    "fi": "Europe/Helsinki", "fr": "Europe/Paris", "ge": "Asia/Tbilisi", "gr": "Europe/Athens",
    "hk": "Asia/Hong_Kong", "hr": "Europe/Zagreb", "hu": "Europe/Budapest", "ie": "Europe/Dublin",
    "il": "Asia/Jerusalem", "in": "Asia/Kolkata", "ir": "Asia/Tehran", "is": "Atlantic/Reykjavik",
    "it": "Europe/Rome", "jp": "Asia/Tokyo", "ke": "Africa/Nairobi", "kr": "Asia/Seoul", "lk": "Asia/Colombo",
    "lt": "Europe/Vilnius", "lu": "Europe/Luxembourg", "lv": "Europe/Riga", "ma": "Africa/Casablanca",
    "mo": "Asia/Macau", "my": "Asia/Kuala_Lumpur", "na": "Africa/Windhoek", "ng": "Africa/Lagos",
    "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "np": "Asia/Kathmandu", "nz": "Pacific/Auckland",
    "pe": "America/Lima", "ph": "Asia/Manila", "pk": "Asia/Karachi", "pl": "Europe/Warsaw", "pt": "Europe/Lisbon",
    "py": "America/Asuncion", "ro": "Europe/Bucharest", "rs": "Europe/Belgrade", "sa": "Asia/Riyadh",
    "se": "Europe/Stockholm", "sg": "Asia/Singapore", "si": "Europe/Ljubljana", "sk": "Europe/Bratislava",
    "th": "Asia/Bangkok", "tr": "Europe/Istanbul", "tw": "Asia/Taipei", "tz": "Africa/Dar_es_Salaam",
    "ua": "Europe/Kyiv", "uk": "Europe/London", "uy": "America/Montevideo", "vn": "Asia/Ho_Chi_Minh",
    "za": "Africa/Johannesburg",
}  # fmt: skip
#: Countries in which a language is written, where nearly all of it comes from one.
HOMES = {
    "bg": "bg", "cs": "cz", "da": "dk", "de": "de", "el": "gr", "et": "ee", "fa": "ir", "fi": "fi", "fr": "fr",
    "he": "il", "hr": "hr", "hu": "hu", "is": "is", "it": "it", "ja": "jp", "ka": "ge", "ko": "kr", "lt": "lt",
    "lv": "lv", "nb": "no", "nl": "nl", "nn": "no", "no": "no", "pl": "pl", "ro": "ro", "sk": "sk", "sl": "si",
    "sr": "rs", "sv": "se", "th": "th", "tr": "tr", "uk": "ua", "vi": "vn", "zh": "cn",
}  # fmt: skip
#: The language whose tags are put on pages of any country by default.
EVERYWHERE = "en"


def place_of(url: str, language: str, zone: str = "", year: int | None = None) -> Place:
    """Return what a page's address and language say of its times.

    Args:
        url: the page's address; a country's domain is believed before the language.
        language: a tag such as "zh-Hant-TW", or "".
        zone: the site's own zone, an IANA name, or "".
        year: of days that are printed without one.
    """
    tongue, *subtags = language.lower().split("-")
    domain = host(url).rpartition(".")[2]
    spoken = [] if tongue == EVERYWHERE else [*subtags, HOMES.get(tongue, "")]
    country = next((c for c in (domain, *spoken) if c in ZONES), "")
    is_known = country != "" or tongue not in ("", EVERYWHERE)
    return Place(
        zone=zone_named(zone),
        guess=zone_named(ZONES.get(country, "")),
        day_first=False if "us" in subtags and not country else True if is_known else None,
        year=year,
    )
