"""Staff, rights and statements at the end of an article."""

from __future__ import annotations

import pytest

from crawler.extractor.endings import is_imprint, is_statement

IMPRINTS = (
    "（编辑：小何）",
    "（编辑：严明 王辉）",
    "[ 责编：杨明 ]",
    "编辑/倪明",
    "责任编辑：",
    "责任编辑：张三",
    "责任编辑：张三_NB1234",
    "責任編輯：李四",
    "校对 李四",
    "监制：王五 审核：赵六 编辑：张三",
    "值班编辑：张三",
    "一审：张三 二审：李四 三审：王五",
    "编辑：张三；校对：李四",
    "（责任编辑 张三）",
    "转载请注明出处。",
    "本作品为“乡村科普”原创，转载时务请注明出处。",
    "未经许可，不得转载。",
    "未經授權，不得轉載",
    "返回搜狐，查看更多",
    "무단 전재 및 재배포 금지",
    "<저작권자 ⓒ 마을신문 무단전재 및 재배포금지>",
    "記事の無断転載を禁じます",
    "Artikel ini telah tayang di Desa.com dengan judul Jembatan Lama Dibuka",
)
#: What is a fact of the byline's, or the article's own.
NO_IMPRINTS = (
    "：",
    "【】:",
    "作者：张三 编辑：李四",
    "来源：新华社 责任编辑：李四",
    "记者 张三 编辑 李四",
    "2024年5月1日 编辑：李四",
    "编辑部决定从下月起停刊。",
    "编辑 张三说，这座桥早就该修了。",
    "校对工作持续了三个月，书稿才付印。",
    "监制这部电影的是王五，他今年六十岁，已经拍了三十年电影。",
    "策划：王五曾说，展览要让孩子看得懂。",
    "法院认定，网站未经许可转载文章，侵犯了原告的著作权，应当赔偿损失。",
    "该公司未经用户同意收集个人信息，被罚款二十万元。",
    "転載を許した編集長は辞任した。",
    "저작권 분쟁에서 법원은 마을신문의 손을 들어 주었다.",
    "The editor wrote that nothing may be reprinted without permission.",
)
STATEMENTS = (
    "特别声明：以上内容为用户上传并发布，本平台仅提供信息存储服务。",
    "平台声明：该文观点仅代表作者本人。",
    "免責聲明：本文不構成投資建議。",
    "声明：本文转自网络，如有侵权请联系删除。",
    "Notice: The content above (including the pictures and videos if any) is uploaded by a user.",
)
NO_STATEMENTS = (
    "声明发表后，两国恢复了谈判。",
    "外交部声明指出，双方应当保持克制。",
    "Notice the light above the door.",
    "特别的一天从清晨开始。",
)


@pytest.mark.parametrize("line", IMPRINTS)
def test_staff_and_rights_are_told(line: str) -> None:
    assert is_imprint(line)


@pytest.mark.parametrize("line", NO_IMPRINTS)
def test_facts_and_sentences_are_no_imprint(line: str) -> None:
    assert not is_imprint(line)


@pytest.mark.parametrize("line", STATEMENTS)
def test_a_statement_is_told_by_its_beginning(line: str) -> None:
    assert is_statement(line)


@pytest.mark.parametrize("line", NO_STATEMENTS)
def test_what_speaks_of_a_statement_is_none(line: str) -> None:
    assert not is_statement(line)
