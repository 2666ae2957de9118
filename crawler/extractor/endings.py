"""The lines about an article that are its house's: who edited it, whose rights they are, what it corrected or states.

Rule: such a line is nothing else, and it is the caller who looks at the end only. Lines that name an author, a source
or a day are left to `byline`, which reads them as facts. Pure.
"""

from __future__ import annotations

import re

#: Characters; what is longer says more than that.
MAX_LINE = 400
MAX_STAFF = 100
OFFICE = re.compile(
    r"(?:本[期文]|[网網][络絡]|新媒[体體]|[值执執][班行]|[责責]任|主管)?"
    r"(?:[编編][辑輯委审審]|[主总總美责責][编編](?:[辑輯])?|校[对對]|[审審][核校读讀定]|[监監][制製]"
    r"|排版|[统統][筹籌]|出品人?"
    r"|[一二三初复複终終][审審]|[签簽][发發]|策[划劃])"
)
NAME = re.compile(r"(?:[\u4e00-\u9fff·]{2,4}|[A-Z][A-Za-z.]{0,20})(?:_\w{1,12})?")
BETWEEN = re.compile(r"[\s:：;；，,、丨|｜/／（()）\[\]【】]+")
#: What makes such a line a byline.
FACT = re.compile(r"作者|[记記]者|撰文|[来來]源|出[处處]|\d年")
#: Whose rights it is, and where else it was published.
RIGHTS = re.compile(
    r"(?i)[（(\[【※*]*(?:[^。！？]{0,50}(?:转载|轉載)[时時]?(?:[务務]必?)?(?:[请請须須需应應]"
    r"|[务務]必)+(?:注|註|标|標|联|聯|[获獲])[^。]{0,30}"
    r"|(?:本[^。！？，]{1,20}[，,])?未[经經][^，。]{0,14}(?:[许許]可|授[权權]"
    r"|同意)[，,]?[^。，]{0,12}(?:不得|[严嚴]禁|禁止|[谢謝][绝絕]|[请請]勿)[^。]{0,24}"
    r"|返回搜狐，查看更多.{0,20}"
    r"|.{0,60}무단\s?(?:전재|복제|배포).{0,40}(?:금지|불허).{0,20}"
    r"|[^。]{0,60}(?:無断|無斷)(?:転載|転用|複製)[^。]{0,24}(?:禁|ません|お断り)[^。]{0,12}"
    r"|(?:artikel|berita) ini (?:telah|sudah) (?:tayang|terbit) (?:sebelumnya )?di .{2,40} dengan judul.*"
    r")[。！!]?[）)\]】]*"
)
#: How what a platform states of itself begins.
STATEMENT = re.compile(
    r"(?i)[（(\[【※*]*(?:(?:特[别別]|平[台臺]|免[责責]|版[权權]|[郑鄭]重|[风風][险險]|本站"
    r"|[网網]站)?[声聲]明|免[责責][条條]款)\s?[：:】]"
    r"|notice\s?: the (?:content )?above|special statement\s?:"
)

#: How a house says what it got wrong, or what has come to be known since.
CORRECTION = re.compile(
    r"(?i)[（(\[【*]*(?:(?:correction|clarification|corrigendum|erratum|errata corrige|editor['’]s note|update"
    r"|korrektur|berichtigung|richtigstellung|anmerkung der redaktion|rectificatif|note de la rédaction|corrección"
    r"|rectificación|fe de (?:erratas|errores)|nota de la redacción|correção|errata|correzione|rettifica|correctie"
    r"|rectificatie|sprostowanie|исправление|düzeltme|ralat|koreksi|đính chính)\b[^.:]{0,40}:"
    r"|(?:更正|勘[误誤]|[订訂]正|お詫びと訂正|정정|바로잡습니다)[^。：:]{0,20}[:：】])"
)


def is_correction(text: str) -> bool:
    """Tell whether a line says what its house corrected in the article, or added."""
    return CORRECTION.match(text) is not None


def is_imprint(text: str) -> bool:
    """Tell whether a line names staff or rights, and nothing else."""
    return is_staff(text) or (len(text) <= MAX_LINE and RIGHTS.fullmatch(text) is not None)


def is_staff(text: str) -> bool:
    """Tell whether a line is offices and names: "（编辑：小何）", "一审：张三；二审：李四", "责任编辑："."""
    if len(text) > MAX_STAFF or FACT.search(text):
        return False
    said = [part for part in BETWEEN.split(text) if part]
    is_parted = len(said) > 1 or text.endswith((":", "："))
    if not said or not is_parted:  # nothing but brackets and colons: "）："
        return False
    return OFFICE.fullmatch(said[0]) is not None and all(map(_is_office_or_name, said))


def _is_office_or_name(text: str) -> bool:
    return (OFFICE.fullmatch(text) or NAME.fullmatch(text)) is not None


def is_statement(text: str) -> bool:
    """Tell whether a platform's statement begins with this line."""
    return len(text) <= MAX_LINE and STATEMENT.match(text) is not None
