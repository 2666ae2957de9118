"""In which order the posts that were found come, and when their ranks need not be reckoned. Pure.

FTS5 reckons ranks, which costs several times what finding the posts does; where very many were found, all ranks are
the same, for words so frequent tell nothing.
"""

from __future__ import annotations

from math import log

#: How much more a word counts in the title than in the text.
TITLE_WEIGHT = 10
#: bm25 grows with how rare a word is and how often it stands in a post. Rounded, so that posts that are about as
#: relevant as each other come by date; of a word that half of all posts have, nothing but the date is left.
RANK = f"round(bm25(words, {TITLE_WEIGHT}, 1))"
BY_DATE = "post.published DESC, post.id DESC"
BY_RANK = f"{RANK}, {BY_DATE}"
#: Single characters alone have no rank: those in the title come first.
BY_TITLE = f"instr(post.title, ?) = 0, {BY_DATE}"
#: Of bm25 as FTS5 has it (https://www.sqlite.org/fts5.html#the_bm25_function): what a phrase adds is less than k1 + 1
#: times its rarity, however often it stands in a post; no rarity is less than the second; the third is rounded up.
MOST_TIMES, LEAST_RARITY, ROUNDED_UP = 2.2, 1e-6, 0.5


def is_level(found: int, posts: int, phrases: int) -> bool:
    """Tell whether the rank of all posts that were found is surely rounded to nothing.

    Args:
        found: how many have all the phrases; so each phrase stands in as many, or in more.
        posts: how many there are, or more.
        phrases: how many are ranked.
    """
    rarity = max(LEAST_RARITY, log((posts - found + 0.5) / (found + 0.5)))
    return phrases * MOST_TIMES * rarity < ROUNDED_UP
