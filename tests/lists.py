"""Pages that list articles, written by us in the shapes that lists have; Zaobao's among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.model import Page
from tests.clock import START

HEADLINES = (
    "The bridge over the river opens after three years",
    "Ferries leave at dawn whatever the tide may do",
    "Harbour master writes a book about the fog",
    "Letters of complaint pile up in the office",
    "Breakfast returns to the morning boat at last",
    "Captain says that the wind left her no choice",
)
NAV = "<header><nav><ul>{}</ul></nav></header>".format(
    "".join(
        f"<li><a href='/{name}'>{name} and the whole region</a></li>" for name in ("World", "Asia", "Sport", "Arts")
    )
)
FOOTER = "<footer><a href='/about'>About</a><a href='/terms'>Terms and conditions of use</a></footer>"


def sheet(
    body: str, url: str = "https://e.org/news/", *, title: str = "News - Example", fetched: datetime = START
) -> Page:
    """Return a page of a site, with its menu and its footer."""
    text = f"<!doctype html><html><head><title>{title}</title></head><body>{NAV}{body}{FOOTER}</body></html>"
    return Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), fetched)


def each(template: str, headlines: Sequence[str] = HEADLINES) -> str:
    """Return a template once for each headline: {n} is its number, {t} the headline, {d} a day, the newest first."""
    return "".join(
        template.replace("{n}", str(1000 + i)).replace("{t}", headline).replace("{d}", f"{20 - i:02}")
        for i, headline in enumerate(headlines)
    )


TABLE = (
    "<table class=news><tr><th>No</th><th>Story</th></tr>"
    + each("<tr><td>{n}.</td><td><a href='/a/{n}.html'>{t}</a></td><td>2021-11-{d}</td></tr>")
    + "</table>"
)
CARDS = (
    "<main><div class='row'>"
    + each(
        "<div class='card card-listing'><a href='/story2021{n}'><img data-src='/{n}.jpg'></a>"
        "<div class=card-title><a href='/story2021{n}'>{t}</a></div><span class=date>11/{d} 14:43</span></div>"
    )
    + "</div></main>"
)
WHOLE_CARDS = (
    "<div id=latest>"
    + each(
        "<a class='css-1x{n} teaser' href='/s/{n}'><h3>{t}</h3><p>Summary of it that goes on for a while</p>"
        "<time datetime='2021-11-{d}T12:20:00+08:00'>one of these days</time></a>"
    )
    + "</div>"
)
LIST = "<ul class=list>" + each("<li><a href='{n}.html'>{t}</a> <span>{d} November 2021</span></li>") + "</ul>"
HOT = "<div class='sidebar hot'><ul>" + each("<li><a href='/h/{n}.html'>Hot once more: {t}</a></li>") + "</ul></div>"
SOUP = (
    "<div><div>"
    + each(
        "<h2><a href='/2021/11/{n}/a-b-c'>{t}</a></h2><div>Nov {d}, 2021</div>"
        "<p>Some words of a summary <a href='/2021/11/{n}/a-b-c'>Read more</a></p>"
    )
    + "</div></div>"
)

#: The realtime list of zaobao.com in 2021 and in 2026: story number → headline, with what each shows for a time.
STORIES = {
    "20211120-1215302": ("跨江新桥昨天上午正式通车 两岸居民不必再绕行", "04:20"),
    "20211120-1215298": ("渡轮公司说明清晨班次取消的原因", "03:05"),
    "20211120-1215290": ("港务局一周收到百封来信 多为早餐之事", "01:40"),
}


def zaobao_2021(stories: Sequence[str] = tuple(STORIES)) -> str:
    """Return the list as it was: relative links, lazy pictures, times such as 2021年11月20日 12:20 PM."""
    rows = "".join(
        f"<div class='row list' id='story-{number[-3:]}'><div class='col-4'><a href='/realtime/china/story{number}'>"
        f"<img class='lazyload' data-src='/media/{number}.jpg' alt=''></a></div><div class='col-8'>"
        f"<a href='/realtime/china/story{number}'><div class='f18 m-eps'>{STORIES[number][0]}</div></a>"
        f"<span class='meta-date'>2021年11月20日 {_singapore(number)} {_half(number)}</span></div></div>"
        for number in stories
    )
    hot = "".join(
        f"<li><a href='/news/china/story20211119-12{i}000'>热门新闻的标题第{i}条在这里</a></li>" for i in "345678"
    )
    return f"<div class='list-block'>{rows}</div><div class='side-block hot'><ol>{hot}</ol></div>"


def zaobao_2026(stories: Sequence[str] = tuple(STORIES)) -> str:
    """Return the list as it is: whole cards that are links, times such as 11/20 12:20."""
    cards = "".join(
        f"<div class='card-listing'><a href='/realtime/china/story{number}' class='card touch-auto'><img loading='lazy' "
        f"data-src='/i/{number}.jpg'><h2 class='card-header'>{STORIES[number][0]}</h2></a>"
        f"<span class='timestamp'>11/20 {_singapore(number)}</span></div>"
        for number in stories
    )
    return f"<main><section class='listing'>{cards}</section></main>"


def _singapore(number: str) -> str:
    hour, minute = STORIES[number][1].split(":")
    return f"{int(hour) + 8:02}:{minute}"


def _half(number: str) -> str:
    return "AM" if _singapore(number) < "12" else "PM"
