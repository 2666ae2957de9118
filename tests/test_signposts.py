"""Lines that lead away from an article, told by their form."""

from __future__ import annotations

import pytest

from crawler.extractor.signposts import label_of
from crawler.extractor.tree import fragment

HERE = "https://paper.example/news/1"
THERE = "https://paper.example/news/2"
HEADLINE = f'<a href="{THERE}">The old bridge is to be rebuilt at last</a>'

SIGNPOSTS = (
    f"<strong>READ MORE:</strong> {HEADLINE}",
    f"Read More: {HEADLINE}",
    f"<b>[Related: {HEADLINE}]</b>",
    f"<strong>À lire aussi »</strong> {HEADLINE}",
    f"<strong>FUNDA OLUNYE UDABA LAPHA |</strong> {HEADLINE}",
    f"<strong>Lesen Sie hier</strong>: {HEADLINE}",
    f"<strong>Baca juga: {HEADLINE}</strong>",
    f"<em>Leggi anche</em> {HEADLINE}",
    f"<strong>Czytaj także</strong>: 1. {HEADLINE} 2. {HEADLINE}",
    f"Lea más: {HEADLINE}",
    f"Читайте также: {HEADLINE}",
    f'相关阅读：<a href="{THERE}">旧桥终于要重建，市长说春天动工</a>',
    f"Dazu passend – {HEADLINE} und {HEADLINE}",
)
NO_SIGNPOSTS = (
    "<strong>No link:</strong> here at all",
    f"The council has voted, and the paper has the story: {HEADLINE}",
    f"As we wrote in {HEADLINE}",
    f"Read more: {HEADLINE}, said the mayor.",
    f"Read more: {HEADLINE} Nobody had expected it.",
    f"Sources: {HEADLINE}",
    f"<strong>Quelle:</strong> {HEADLINE}",
    f"来源：{HEADLINE}",
    f"Photo: {HEADLINE}",
    f"Part 2: {HEADLINE}",
    f"Step three: {HEADLINE}",
    f"Main article: {HEADLINE}",
    f"Website: {HEADLINE}",
    f"Angela Miller: {HEADLINE}",
    f'Miller: <a href="{THERE}">“We have given everything for this bridge”</a>',
    f'Director: <a href="{THERE}">Anna Lee</a>',
    f'Tags: <a href="{THERE}">bridges</a>, <a href="{THERE}">councils</a>',
    'Read more: <a href="https://other.example/1">The old bridge is to be rebuilt at last</a>',
    'Read more: <a href="https://paper.example/plan.pdf">The old bridge is to be rebuilt at last</a>',
    'Read more: <a href="mailto:a@paper.example">The old bridge is to be rebuilt at last</a>',
    f'Read more: <img src="/a.jpg"> {HEADLINE}',
    f": {HEADLINE}",
)


@pytest.mark.parametrize("line", SIGNPOSTS)
def test_a_label_and_headlines_of_the_site_lead_away(line: str) -> None:
    assert label_of(fragment(f"<p>{line}</p>"), HERE)


@pytest.mark.parametrize("line", NO_SIGNPOSTS)
def test_sources_speakers_sentences_and_other_sites_do_not(line: str) -> None:
    assert label_of(fragment(f"<p>{line}</p>"), HERE) == ""
