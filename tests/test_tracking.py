"""The list of tracking parameters: in order, each once, and none that chooses an article."""

from __future__ import annotations

import pytest

from crawler import urls
from crawler.tracking import NAMES, PREFIXES, is_tracking


def test_the_list_is_sorted_without_doubles_and_in_lower_case() -> None:
    for listed in (NAMES, PREFIXES):
        assert list(listed) == sorted({name.lower() for name in listed})


def test_no_name_is_there_that_a_prefix_covers() -> None:
    assert [name for name in NAMES if name.startswith(PREFIXES)] == []


@pytest.mark.parametrize(
    "name", ["utm_source", "UTM_Content", "utm_", "fbclid", "FBCLID", "at_custom1", "_hsEnc", "wt_zmc"]
)
def test_drops(name: str) -> None:
    assert is_tracking(name)
    assert urls.canonical(f"https://a.example/1?b=2&{name}=x&A=1") == "https://a.example/1?b=2&A=1"


#: What papers and their systems choose an article by, or may.
MEANT = """
    id aid p page page_id paged story storyid story_id article articleid artid news newsid nid v t s q d date year
    cat category tag topic section lang hl locale ref source from src mid sn idx biz __biz pid docid contentid
    content_id entry item key slug no num sid tid fid aid oid uid ctz itemid gid postid post_id mod view action
    spma utm custom_utm campaign medium cid at format print output amp
"""


@pytest.mark.parametrize("name", sorted(set(MEANT.split())))
def test_keeps_what_chooses_an_article(name: str) -> None:
    assert not is_tracking(name)
    address = f"https://a.example/x?Z=1&{name}=Ab&utm_source=rss"
    assert urls.canonical(address) == f"https://a.example/x?Z=1&{name}=Ab"
