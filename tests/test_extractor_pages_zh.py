"""Whole pages of Chinese sites: portals, authorities, messengers' accounts, papers of Taiwan and Hong Kong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.extractor import from_page
from crawler.extractor.rules import Rules
from crawler.extractor.tree import fragment, visible_text
from crawler.model import Article, Entry, Page, Source
from crawler.urls import canonical

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://news.example.cn/2026/1121/8812.html"
TITLE = "跨江新桥昨日通车 渡轮服务延至明年三月"
PROSE = (
    "跨江新桥昨天上午正式通车，比原定计划提早两个月，造价也略低于县政府原先的预算。",
    "首批车辆上桥之前，约四千名居民步行过桥，不少人手里举着划艇会清早派发的小旗。",
    "“我等这座桥等了半辈子。”住在东岸的退休教师陈玉兰说。她中午以前已经来回走了两趟。",
    "新桥全长1.2公里，有四条车道和一条自行车道，两岸村民从此不必再绕行四十分钟的山路。",
    "工程于2023年春天动工，此前因桥墩位置的争议，规划案在法院耽搁了将近十年之久。",
    "工程师说，2024年冬天江面封冻三周，他们学会了在帐篷里烧稻草锅炉，保持混凝土的温度。",
    "渡轮公司宣布，航班将维持到明年三月，之后是否继续营运，要看乘客人数而定。",
    "批评者指出，新路会把车流带进老城区，而那里的巷子连送奶车也只能勉强通过。",
)
STORY = "".join(f"<p>{line}</p>" for line in PROSE)
OTHER = {
    "related": "鱼市场新大楼造价再涨 议会激辩屋顶方案",
    "popular": "河边十条散步路线，终点都有面包店",
    "rights": "本网站所有内容未经书面授权不得转载。",
}
MENU = "".join(
    f"<li><a href='/{n}'>{name}</a></li>"
    for n, name in enumerate(["首页", "新闻", "国际", "财经", "体育", "娱乐", "科技", "汽车", "房产", "教育"])
)
LINKS = "".join(
    f"<li><a href='/r/{n}'>{t}</a></li>"
    for n, t in enumerate((OTHER["related"], "学校食堂的扁豆汤得了全省一等奖", "下游解除大风警报，堤坝未受考验"))
)
HOT = "".join(
    f"<li><em>{n}</em><a href='/h/{n}'>{t}</a></li>"
    for n, t in enumerate((OTHER["popular"], "镇公所的大钟为什么总是慢五分钟", "小测验：你对河谷了解多少"))
)


def portal(body: str) -> str:
    """Return a page of a Chinese portal."""
    return f"""
<div class="top"><div class="wrap"><a href="/">河谷网</a><ul class="nav">{MENU}</ul></div></div>
<div class="wrap main clearfix"><div class="left fl"><div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/n">新闻</a> &gt; 正文</div>
<h1 class="title">{TITLE}</h1><div class="info"><span>2026-11-21 08:15</span> <span>来源：河谷日报</span> <a href="#c">评论(12)</a></div>
<div class="article-content" id="content">{body}</div><div class="editor">责任编辑：周小满</div>
<div class="share bdsharebuttonbox">分享到：<a href="#">微信</a><a href="#">微博</a><a href="#">QQ空间</a></div>
<div class="xiangguan"><h3>相关新闻</h3><ul>{LINKS}</ul></div></div>
<div class="right fr"><div class="hot"><h3>热点排行</h3><ul>{HOT}</ul></div></div></div>
<div class="footer"><a href="/about">关于我们</a> | <a href="/ad">广告服务</a> | <a href="/job">招聘信息</a><p>{OTHER["rights"]}</p><p>河ICP备00000000号</p></div>"""


def office(body: str) -> str:
    """Return a page of a Chinese authority, laid out with tables."""
    return f"""
<table width="1000" align="center"><tr><td><img src="/top.jpg" alt=""></td></tr><tr><td class="menu"><ul>{MENU}</ul></td></tr>
<tr><td>您现在的位置：<a href="/">首页</a> &gt;&gt; <a href="/dt">工作动态</a></td></tr>
<tr><td align="center" class="bt"><h1>{TITLE}</h1></td></tr><tr><td align="center">发布时间：2026-11-21　浏览次数：118　字体：[<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>]</td></tr>
<tr><td class="TRS_Editor" id="zoom">{body}</td></tr><tr><td align="right">【<a href="#">打印本页</a>】【<a href="#">关闭窗口</a>】</td></tr>
<tr><td><b>相关链接</b><ul>{LINKS}</ul></td></tr><tr><td align="center">主办：河谷县人民政府　{OTHER["rights"]}　河ICP备00000000号</td></tr></table>"""


def account(body: str) -> str:
    """Return a page as Chinese messengers show the articles of an account."""
    lines = body.replace("<p>", "<section><span>").replace("</p>", "</span></section><section><br></section>")
    return f"""
<div id="js_article" class="rich_media"><div class="rich_media_inner"><div id="page-content" class="rich_media_area_primary"><div id="img-content">
<h1 class="rich_media_title" id="activity-name">{TITLE}</h1><div id="meta_content" class="rich_media_meta_list"><span>河谷日报</span> <em id="publish_time">2026-11-21 08:15</em></div>
<div class="rich_media_content" id="js_content">{lines}</div></div></div>
<div class="rich_media_area_extra"><div class="rich_media_tool"><a>阅读原文</a> <span>阅读 1001</span> <a>在看</a></div></div></div>
<div class="qr_code_pc"><p>微信扫一扫<br>关注该公众号</p></div></div>"""


def taiwanese(body: str) -> str:
    """Return a page of a paper of Taiwan or Hong Kong, with an app's advertisement between the paragraphs."""
    first, _, rest = body.partition("</p>")
    box = "<div class='promo-app'><a href='/app'>下載App，掌握即時新聞</a></div>"
    return f"""
<header id="header"><a href="/">河谷時報</a><nav><ul>{MENU}</ul></nav></header>
<section class="wrapper"><article class="story"><div class="story__breadcrumb"><a href="/">首頁</a> / <a href="/l">地方</a></div>
<h1 class="story__title">{TITLE}</h1><div class="story__meta"><time>2026/11/21 08:15</time> <span class="author">河谷時報 記者林美惠</span></div>
<div class="story__content">{first}</p>{box}{rest}</div>
<div class="story__keywords"><a href="/k/1">新橋</a><a href="/k/2">渡輪</a></div></article>
<section class="story-related"><h2>延伸閱讀</h2><ul>{LINKS}</ul></section></section>
<aside class="rail"><h3>熱門新聞</h3><ul>{HOT}</ul></aside><footer><p>{OTHER["rights"]}</p></footer>"""


def read(inner: str) -> Article:
    text = f'<html lang="zh"><head><title>{TITLE}_河谷网</title></head><body>{inner}</body></html>'
    page = Page(URL, URL, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), NOW)
    return from_page(page, Entry(), Source("n", "https://news.example.cn/feed"), canonical(URL), Rules(), NOW)


def lines_of(article: Article) -> list[str]:
    return visible_text(fragment(article.html)).split("\n")


@pytest.mark.parametrize("frame", [portal, office, account, taiwanese])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(STORY, id="paragraphs"),
        pytest.param("".join(f"<p>　　{line}</p>" for line in PROSE), id="indented"),
        pytest.param(f"<p>{'<br>　　'.join(PROSE)}</p>", id="line breaks"),
    ],
)
def test_the_article_is_all_that_is_kept(frame: Callable[[str], str], body: str) -> None:
    got = read(frame(body))
    assert lines_of(got) == list(PROSE)
    assert got.won.startswith("judge ")
    assert got.confidence > 0.9


@pytest.mark.parametrize("frame", [portal, account, taiwanese])
def test_a_brief_of_two_sentences_is_found(frame: Callable[[str], str]) -> None:
    assert lines_of(read(frame("".join(f"<p>{line}</p>" for line in PROSE[:2])))) == list(PROSE[:2])


def test_a_picture_and_its_caption_stay_among_the_paragraphs() -> None:
    picture = '<p style="text-align:center"><img src="/u/bridge.jpg"></p><p style="text-align:center">新桥东岸桥墩，摄于渡轮上。（林海摄）</p>'
    paragraphs = [f"<p>{line}</p>" for line in PROSE]
    got = read(portal("".join([*paragraphs[:2], picture, *paragraphs[2:]])))
    assert lines_of(got) == [*PROSE[:2], "新桥东岸桥墩，摄于渡轮上。（林海摄）", *PROSE[2:]]
    assert got.html.count("<img") == 1
