"""Articles of our own, English and Chinese, made from a number: the same number, the same words, everywhere.

Rule: pure. Three words of each article are its own and stand in its first, its longest and its last paragraph, so
that whoever reads a post can tell which article it is and whether it is all there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: When the article with the number 0 of each feed was published; the next ones follow a minute apart.
BEGAN = datetime(2025, 10, 1, tzinfo=UTC)
#: Words of an article: as many articles between 300 and 450 as between 1,000 and 1,500.
LEAST_WORDS, MOST_WORDS = 300, 1500
#: Characters that one English word is worth in Chinese.
CHARACTERS_A_WORD = 1.6
MARK = re.compile(r"(?:head|body|tail)q\d+q\d+q")

NOUNS = (
    "harbour", "ferry", "captain", "letter", "morning", "council", "bridge", "garden", "winter", "market", "signal",
    "village", "engine", "lantern", "river", "teacher", "window", "journey", "station", "orchard", "compass",
    "kitchen", "meadow", "thunder", "library", "painter", "copper", "anchor", "budget", "election", "hospital",
    "railway", "minister", "factory", "festival", "parliament", "museum", "weather", "farmer", "pupil", "tunnel",
    "airport", "coast", "theatre", "journalist", "bakery", "valley", "committee", "mayor", "forest", "island",
    "tenant", "archive", "lighthouse", "school", "tower", "reservoir", "border", "union", "company", "court", "film",
    "song", "painting", "vessel", "pipeline", "ticket", "crowd", "officer", "neighbour",
)  # fmt: skip
VERBS = (
    "opened", "closed", "promised", "reported", "delayed", "crossed", "repaired", "announced", "refused", "described",
    "measured", "painted", "counted", "followed", "carried", "defended", "visited", "questioned", "approved",
    "rejected", "discovered", "remembered", "offered", "replaced",
)  # fmt: skip
LINKS = (
    "after", "before", "while", "because", "although", "and", "but", "when", "until", "since", "where", "so", "that",
    "as", "though", "in", "order", "even", "if", "unless", "given", "whereas",
)  # fmt: skip
MARKERS = (
    "old", "new", "quiet", "northern", "narrow", "public", "crowded", "modest", "annual", "forgotten", "broad",
    "careful", "early", "costly",
)  # fmt: skip
ZH = (
    "港口", "渡轮", "船长", "书信", "清晨", "议会", "大桥", "花园", "冬天", "市场", "信号", "村庄", "发动机", "灯笼",
    "河流", "教师", "窗户", "旅程", "车站", "果园", "指南针", "厨房", "草地", "雷声", "图书馆", "画家", "铜器",
    "船锚", "预算", "选举", "医院", "铁路", "部长", "工厂", "节日", "博物馆", "天气", "农民", "学生", "隧道", "机场",
    "海岸", "剧院", "记者", "面包店", "山谷", "委员会", "市长", "森林", "岛屿", "租户", "档案", "灯塔", "学校",
    "水库", "边境", "公司", "法院", "电影", "歌曲", "宣布", "拒绝", "描述", "测量", "修复", "推迟", "通过", "发现",
    "记得", "提供", "替换", "打开", "关闭", "承诺", "报道", "访问", "批准", "我们", "他们", "已经", "仍然", "因为",
    "所以", "虽然", "但是", "今年", "去年", "目前", "未来", "表示", "认为", "指出", "继续", "开始", "结束", "增加",
    "减少", "重要", "主要", "公共", "北部", "古老", "新的",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One article."""

    feed: int
    number: int  #: within its feed, from 0
    language: str  #: en | zh
    title: str
    author: str
    published: datetime
    paragraphs: tuple[str, ...]  #: plain text

    @property
    def marks(self) -> tuple[str, str, str]:
        """Return the words that only this article has, in the order of the text."""
        return marks(self.feed, self.number)


def marks(feed: int, number: int) -> tuple[str, str, str]:
    """Return the words of an article's first, longest and last paragraph."""
    tail = f"q{feed}q{number}q"
    return f"head{tail}", f"body{tail}", f"tail{tail}"


@dataclass(frozen=True, slots=True)
class Found:
    """What of the articles stands in some files."""

    files: int = 0
    texts: int = 0  #: articles whose longest paragraph is there
    whole: int = 0  #: articles of which all three marked paragraphs are there, in one file


def count(files: Iterable[str]) -> Found:
    """Count the articles in the texts of files; one that is there twice counts once."""
    number, texts, whole = 0, set[str](), set[str]()
    for text in files:
        number += 1
        there = set(MARK.findall(text))
        bodies = {mark[4:] for mark in there if mark.startswith("body")}
        texts |= bodies
        whole |= {tail for tail in bodies if {f"head{tail}", f"tail{tail}"} <= there}
    return Found(number, len(texts), len(whole))


def language_of(feed: int) -> str:
    """Return the language of a feed: every third is Chinese."""
    return "zh" if feed % 3 == 2 else "en"


def published(number: int) -> datetime:
    """Return when an article was published."""
    return BEGAN + timedelta(minutes=number)


def headline(feed: int, number: int) -> tuple[str, str]:
    """Return title and teaser of an article, as its feed has them: far cheaper than the whole."""
    rng = _rng(f"{feed}/{number}/headline")
    if language_of(feed) == "zh":
        return "".join(rng.choices(ZH, k=rng.randint(6, 10))) + f"（{number}）", _zh_sentences(rng, 80)
    words = [rng.choice(MARKERS), rng.choice(NOUNS), rng.choice(VERBS), *rng.choices(NOUNS, k=rng.randint(2, 5))]
    return f"{' '.join(words).capitalize()}, {number}", _en_sentences(rng, 30)


def story(feed: int, number: int) -> Story:
    """Return one article."""
    rng, language = _rng(f"{feed}/{number}"), language_of(feed)
    words = round(LEAST_WORDS * (MOST_WORDS / LEAST_WORDS) ** rng.random())
    texts = []
    while words > 0:
        size = min(words, rng.randint(35, 110))
        if language == "zh":
            texts.append(_zh_sentences(rng, int(size * CHARACTERS_A_WORD)))
            words -= size
        else:
            texts.append(_en_sentences(rng, size))
            words -= texts[-1].count(" ") + 1
    author = f"{rng.choice(NOUNS).capitalize()} {rng.choice(NOUNS).capitalize()}er"
    title, _ = headline(feed, number)
    return Story(feed, number, language, title, author, published(number), _marked(texts, feed, number))


def _marked(texts: list[str], feed: int, number: int) -> tuple[str, ...]:
    """Put the article's own words into three paragraphs, which are never fewer."""
    head, body, tail = marks(feed, number)
    inner = range(1, len(texts) - 1)
    longest = max(inner, key=lambda i: len(texts[i]))
    placed = {0: head, longest: body, len(texts) - 1: tail}
    return tuple(_with(text, placed[i]) if i in placed else text for i, text in enumerate(texts))


def _with(text: str, word: str) -> str:
    """Put a word behind a paragraph's first word or character."""
    first, space, rest = text.partition(" ")
    return f"{first} {word} {rest}" if space else f"{text[:2]} {word} {text[2:]}"


def _en_sentences(rng: random.Random, words: int) -> str:
    """Return sentences of about so many words."""
    made = []
    while words > 0:
        size = rng.randint(9, 24)
        words -= size
        made.append(_en_sentence(rng, size))
    return " ".join(made)


def _en_sentence(rng: random.Random, size: int) -> str:
    nouns, verbs = rng.choices(NOUNS, k=size), rng.choices(VERBS, k=size // 4 + 1)
    parts: list[str] = ["the", rng.choice(MARKERS)]
    for i in range(size // 4):
        parts += [nouns[i], verbs[i], "the", nouns[-i - 1], rng.choice(LINKS), "the"]
    parts += [nouns[size // 2], verbs[-1], "the", rng.choice(MARKERS), nouns[size // 3]]
    return " ".join(parts[: max(size, 6)]).capitalize() + rng.choice((".", ".", ".", ", it was said.", "?"))


def _zh_sentences(rng: random.Random, characters: int) -> str:
    made = []
    while characters > 0:
        clause = "".join(rng.choices(ZH, k=rng.randint(4, 9)))
        made.append(clause + rng.choice("，，，。。；"))
        characters -= len(made[-1])
    return "".join(made)[:-1] + "。"


def _rng(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - makes texts, guards nothing
