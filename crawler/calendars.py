"""Words and signs of calendars: months in the languages of newspapers, zones, halves of the day, Chinese numerals.

Rule: tables and how to look into them; what a date is made of is `moments`' business. Pure.
Source: the months are those of CLDR, in the case and the abbreviations that stand in dates.
"""

from __future__ import annotations

#: One language a line, January first; a dash where the short form is the long one's.
MONTH_LINES = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "- febr - - - - - - sept - - -",
    "januar februar märz april mai juni juli august september oktober november dezember",  # de
    "jänner feber mrz - - - - - - okt - dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",  # fr
    "janv févr - avr - - juil aout - - - déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",  # es
    "ene - - abr - - - ago setiembre - - dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",  # it
    "gen - - - mag giu lug - set ott - -",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",  # pt
    "- fev - - - - - - - out - -",
    "januari februari maart april mei juni juli augustus september oktober november december",  # nl
    "- - mrt - - - - - - - - -",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",  # pl
    "styczeń luty marzec kwiecień - czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "sty lut - kwi - cze lip sie wrz paź lis gru",
    "ledna února března dubna května června července srpna září října listopadu prosince",  # cs
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",  # tr
    "oca şub - nis - haz tem ağu eyl eki kas ara",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",  # ru
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "янв фев мар апр - июн июл авг сен окт ноя дек",
    "- февр - - - - - - сент - нояб -",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",  # uk
    "січ лют бер кві тра чер лип сер вер жов лис гру",
    "januar februar marts april maj juni juli august september oktober november december",  # da
    "januari februari mars april maj juni juli augusti september oktober november december",  # sv
    "januar februar mars april mai juni juli august september oktober november desember",  # no
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta "  # fi
    "heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",  # ro
    "január február március április május június július augusztus szeptember október november december",  # hu
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου "  # el
    "ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
    "januari februari maret april mei juni juli agustus september oktober november desember",  # id
    "- - - - - - - agu - - - des",
)
MONTHS = {
    word.casefold(): number for line in MONTH_LINES for number, word in enumerate(line.split(), start=1) if word != "-"
} | {f"tháng {number}": number for number in range(1, 13)}  # vi

#: Hours from UTC (RFC 5322 §4.3, and names in use). CST is China's in Chinese texts and America's elsewhere: the
#: RFC's meaning is kept.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1,
    "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "мск": 3, "trt": 3, "eat": 3,
    "pkt": 5, "ist": 5.5, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "awst": 8, "wita": 8, "jst": 9,
    "kst": 9, "wit": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
#: Zones of which summer time is a part, as American papers print them.
SEASONAL_ZONES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
#: Whose clock a text says it goes by, hours from UTC.
CLOCKS = {"北京时间": 8, "北京時間": 8, "日本時間": 9, "한국시간": 9}

MORNING = ("am", "上午", "凌晨", "早上", "早晨", "清晨", "午前", "오전")
EVENING = ("pm", "下午", "晚上", "晚间", "晚間", "傍晚", "午後", "오후")
NOON = ("中午",)

#: Years before the first one of a calendar.
ERAS = {"民國": 1911, "民国": 1911, "令和": 2018, "平成": 1988}
DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "元": 1}


def month_named(word: str) -> int | None:
    """Return the number of a month, 1 to 12, by its name or abbreviation in any of the languages; None for no month."""
    return MONTHS.get(" ".join(word.casefold().split()))


def number(said: str) -> int:
    """Read a number in digits or Chinese numerals, as years and days are written: 二〇二一, 十一, 二十, 廿五, 元.

    Raises:
        ValueError: it is none.
    """
    if said.isdecimal():
        return int(said)
    signs = said.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = signs.rpartition("十")
    if not ten:
        return int("".join(str(_digit(sign)) for sign in signs))
    return 10 * (_digit(tens) if tens else 1) + (_digit(ones) if ones else 0)


def _digit(sign: str) -> int:
    if sign not in DIGITS:
        raise ValueError(sign)
    return DIGITS[sign]
