"""Build an archive with the real Hugo, as it is by default, and check that every post's page shows its title and text.

    python tests/hugo_site.py ARCHIVE SITE

A script and a helper of tests; needs Debian's `hugo`. The archive is copied, never touched.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

CONFIG = "baseURL: https://example.org/\ntitle: archive\nlanguageCode: en\n"
SINGLE = (
    "<!doctype html><meta charset=utf-8><title>{{ .Title }}</title><h1>{{ .Title }}</h1>\n"
    '<time>{{ .Date.UTC.Format "2006-01-02T15:04:05" }}</time><i>{{ .Lastmod.UTC.Format "2006-01-02T15:04:05" }}</i>\n'
    '{{ with .Params.params }}<a href="{{ .from }}">{{ .author }}</a>{{ end }}\n<main>{{ .Content }}</main>\n'
)
LIST = (
    "<!doctype html><meta charset=utf-8><title>{{ .Title }}</title>{{ range .Pages }}<li>{{ .Title }}</li>{{ end }}\n"
)


def build(archive: Path, site: Path) -> Path:
    """Build the site of an archive and return the folder of its pages.

    Raises:
        CalledProcessError: Hugo failed, or warned.
    """
    source = site / "source"
    shutil.copytree(archive, source, ignore=shutil.ignore_patterns(".crawler"))
    (source / "config.yaml").write_text(CONFIG, encoding="utf-8")
    layouts = source / "layouts" / "_default"
    layouts.mkdir(parents=True)
    (layouts / "single.html").write_text(SINGLE, encoding="utf-8")
    (layouts / "list.html").write_text(LIST, encoding="utf-8")
    built = site / "built"
    argv: list[str | Path] = [
        "hugo",
        "--quiet",
        "--panicOnWarning",
        "--source",
        source,
        "--destination",
        built,
        "--cacheDir",
        site / "cache",
    ]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, timeout=60)
    return built


def titles(archive: Path) -> list[str]:
    """Return the titles of an archive's posts."""
    posts = sorted((archive / "content" / "posts").rglob("index.md"))
    return [yaml.safe_load(post.read_text(encoding="utf-8").split("---\n")[1])["title"] for post in posts]


def pages(built: Path) -> dict[str, str]:
    """Return the built pages of posts by the title they show."""
    found = [page.read_text(encoding="utf-8") for page in (built / "posts").glob("*/index.html")]
    return {html.unescape(title[1]): page for page in found if (title := re.search(r"<h1>(.*?)</h1>", page, re.S))}


def main() -> None:
    """Build, compare, say."""
    archive, site = Path(sys.argv[1]), Path(sys.argv[2])
    want, shown = titles(archive), pages(build(archive, site))
    if sorted(want) != sorted(shown):
        sys.exit(f"pages do not show the posts' titles: {set(want) ^ set(shown)}")
    if bad := [title for title, page in shown.items() if "raw HTML omitted" in page or len(page) < 500]:
        sys.exit(f"pages without their text: {bad}")
    print(f"{len(shown)} pages, each shows its title and text")


if __name__ == "__main__":
    main()
