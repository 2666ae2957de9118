"""What publishers ask of their readers, in the languages of the news: subscribe, follow, donate, comment, come back.

Rule: a sentence counts when it begins with the call and names its object; a line counts when such sentences are at
least half of it. What stands in quotation marks is somebody else's word. The tables are in `plea_words`. Pure.
"""

from __future__ import annotations

import re
from functools import cache

from ..markup import weigh
from .plea_words import CALLS, CALLS_OF_HAN, LEAD, PHRASES
from .tree import any_of, words

#: Characters; what is longer is no line of that kind.
MAX_LINE = 400
#: Share of a line, questions aside, that such sentences must be.
MIN_SHARE = 0.5
ROWS = (*((rf"(?:{call})\b", thing) for call, thing in CALLS), *CALLS_OF_HAN)
ANY_CALL = re.compile("|".join(f"(?:{call})" for call, _ in ROWS))
#: Most must begin a clause, and are looked for there alone: to look for them everywhere takes ten times as long.
OPENING = re.compile("|".join(phrase for phrase in PHRASES if phrase.startswith("^")))
PHRASE = re.compile("|".join(phrase for phrase in PHRASES if not phrase.startswith("^")))
BEFORE_CALL = re.compile(LEAD)
#: Beginnings of words, or words, of which each of them has one: a search for these spares most lines the rest.
HINTS = words(
    r"news newsletter nieuwsbrie infolettre lettre bolet buletin bülten mail email inbox mailing alert update"
    r" notification podcast channel feed list\b subscri sign letterbox door doorstep device phone us\b our\b me\b"
    r" my\b follow twitter facebook instagram linkedin youtube tiktok threads bluesky mastodon telegram whatsapp"
    r" whats discord google apps?\b appli support fund protect sustain become donat contribut consider share tell"
    r" let\b leave sound weigh comment rely relies depend need\b reader cost\b thank breaking developing more\b"
    r" refresh check story hear deliver abonnier melde bestell trag registrier hol(?:en?)?\b erhalten bekommen lesen"
    r" sichern verpassen kanal push uns\b unser folg besuch spend unterstütz helf hilf kommentar gefallen kostenlos"
    r" frei aktualis mitglied folgen kürze freien kritischen abonnez inscrivez recevez chaîne suivez retrouvez"
    r" rejoignez likez téléchargez installez soutenez aidez devenez faites partagez commentaire gratuit offert"
    r" plu\b plus suivre venir cours suscríb regístr apúntate inscríb recib correo canal síg siga sigu visita únete"
    r" únase encuéntranos nuestr apoy ayúd hazte colabora contribuye dona comparte comentario desarrollo"
    r" elaboración construcción breve periodismo inscreva assine cadastre receba subscreva participe noss curta"
    r" acompanhe baixe apoie doe\b contribua torne jornalismo compartilhe comentários atualização instantes iscriv"
    r" ricevi registrati abbonati unisciti segu scarica nostr sostien sostenete aiutaci diventa fai\b condivid"
    r" aggiornamento giornalismo meld schrijf abonneer ontvang krijg volg onze ons steun doneer deel reacti"
    r" opmerking meer aangevuld bijgewerkt onafhankelijke zapisz zaprenumeruj subskryp subskrybuj otrzymuj obserwuj"
    r" śledź polub nas\b nasz pobierz wesprzyj wspieraj wpłać zostań komentarz niezależne aktualizowan wkrótce"
    r" подпи следите присоединяйтесь вступайте канал наш нас поделит комментари независим дополняется обновляется"
    r" подробности kanalımız sayfamız hesabımız uygulamamız bizi bize gazetecili düşünce yorum görüş güncelleniyor"
    r" birazdan geliyor saluran grup aplikasi jurnalisme kami komentar bản kênh trang nhóm ứng chúng bình ý نشر"
    r" النشرة قنا تابع کانال خبرنامه صفحه"
)
#: The same where words have no beginnings.
HINTS_OF_HAN = re.compile(
    r"[关關订訂追添](?:注|阅|閱|蹤|踪|加)|[下打安][载載开開装裝]|支持|[赞贊]助|捐|[评評留][论論言]区"
    r"|[评評]論區|留言區|下方|文末"
    r"|[点點][赞讚个]|在看|[转轉][发發]|分享|メルマガ|ニュースレター|メールマガジン|公式|記事を"
    r"|コメント|구독|추가|팔로우|제보"
)
HINT = re.compile(rf"\b{any_of(HINTS)}")
#: Somebody else's words: to the closing mark, or, where the next paragraph goes on, to the end.
QUOTED = re.compile(
    r"[“„][^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|»[^«»]*«|\"[^\"]*(?:\"|$)|「[^」]*(?:」|$)|『[^』]*(?:』|$)|^[‘'][^’']*(?:[’']|$)"
)
#: Where sentences end, and where one may begin anew.
SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[！？。])\s*")
CLAUSES = re.compile(r"(?<=[:|–—•])\s+|(?<=：)\s*")
#: A person speaking in an interview: "HM: ", "Anna Lee: ".
SPEAKER = re.compile(r"(?:[A-Z]{1,3}|[A-ZÀ-ÞА-Я][^\W\dA-ZÀ-ÞА-Я][\w.'’-]*(?: [A-ZÀ-ÞА-Я][\w.'’-]*){0,2}):\s")
QUESTION = ("?", "？", "؟")


def is_plea(text: str) -> bool:
    """Tell whether a line, white space folded, asks something of the reader for its publisher, and little else."""
    if len(text) > MAX_LINE:
        return False
    said = text.lower()
    if not _may_ask(said) or SPEAKER.match(text):
        return False
    parts = sentences(said)
    asking = sum(map(_asking, parts))
    telling = sum(weigh(one) for one in parts if not one.endswith(QUESTION))
    return asking > 0 and asking >= MIN_SHARE * telling


def asks(sentence: str) -> bool:
    """Tell whether a sentence asks something of the reader for its publisher."""
    return _asking(sentence.lower()) > 0


def sentences(text: str) -> list[str]:
    """Part a text into sentences; what stands in quotation marks is left out."""
    return SENTENCES.split(QUOTED.sub("“”", text))


def _asking(sentence: str) -> int:
    """Return the weight of a sentence from where it begins to ask."""
    clauses = CLAUSES.split(sentence)
    starts = (n for n, clause in enumerate(clauses) if _is_call(clause) or _is_phrase(clause))
    return sum(map(weigh, clauses[next(starts, len(clauses)) :]))


def _is_call(clause: str) -> bool:
    lead = BEFORE_CALL.match(clause)
    return any(_calls(clause, at) for at in {0, lead.end() if lead else 0} if ANY_CALL.match(clause, at))


def _is_phrase(clause: str) -> bool:
    return OPENING.match(clause) is not None or PHRASE.search(clause) is not None


def _calls(clause: str, at: int) -> bool:
    """Tell whether a call stands there, with its object behind it."""
    for call, thing in ROWS:
        found = _pattern(call).match(clause, at)
        if found and _pattern(thing).search(clause, found.end()):
            return True
    return False


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)  # not when the module is read: a run with nothing to do needs none of them


def _may_ask(said: str) -> bool:
    return HINT.search(said) is not None or (not said.isascii() and HINTS_OF_HAN.search(said) is not None)
