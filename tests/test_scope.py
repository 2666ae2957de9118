"""What a wish for silence holds for."""

from __future__ import annotations

import pytest

from crawler.fetcher.scope import whose

SITES = [
    ("www.zaobao.com.sg", "zaobao.com.sg"),
    ("www.zaobao.com", "zaobao.com"),
    ("feeds.bbci.co.uk", "bbci.co.uk"),
    ("example.org:8080", "example.org"),
    ("alice.github.io", "alice.github.io"),
    ("deep.alice.github.io", "alice.github.io"),
    ("www.example.xn--j6w193g", "example.xn--j6w193g"),
    ("news.a.example", "a.example"),
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1:8080", "127.0.0.1:8080"),
    ("::1", "::1"),
    ("::1:8080", "::1:8080"),
    ("fe80::1%eth0:80", "fe80::1%eth0:80"),
    ("localhost", "localhost"),
    ("com", "com"),
    ("", ""),
    ("http://hub.example/news", "http://hub.example/news"),
]


@pytest.mark.parametrize(("host", "site"), SITES)
def test_a_site_is_the_registrable_domain(host: str, site: str) -> None:
    assert whose("site")(host) == site


@pytest.mark.parametrize("scope", ["host", "route"])
def test_a_host_is_itself(scope: str) -> None:
    assert whose(scope)("www.example.org:8080") == "www.example.org:8080"  # type: ignore[arg-type]
