"""Build an archive with the real Jekyll and check that every post's page shows its title.

    python tests/jekyll_site.py ARCHIVE SITE

A script and a helper of tests; needs Debian's `jekyll`. The archive is copied, never touched.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

CONFIG = "title: archive\ntimezone: UTC\nfuture: true\npermalink: /:categories/:year/:month/:day/:title\nexclude: []\n"
LAYOUT = (
    "<!doctype html><meta charset=utf-8><title>{{ page.title | escape }}</title>"
    "<h1>{{ page.title | escape }}</h1>\n{{ content }}\n"
)


def build(archive: Path, site: Path) -> Path:
    """Build the site of an archive and return the folder of its pages.

    Raises:
        CalledProcessError: Jekyll failed.
    """
    source = site / "source"
    shutil.copytree(archive, source, ignore=shutil.ignore_patterns(".crawler"))
    (source / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (source / "_layouts").mkdir()
    (source / "_layouts" / "post.html").write_text(LAYOUT, encoding="utf-8")
    built = site / "built"
    subprocess.run(["jekyll", "build", "-q", "-s", source, "-d", built], check=True, stdin=subprocess.DEVNULL)
    return built


def titles(archive: Path) -> list[str]:
    """Return the titles of an archive's posts."""
    found = []
    for post in sorted((archive / "_posts").rglob("*.md")):
        head = post.read_text(encoding="utf-8").split("---\n")[1]
        found.append(yaml.safe_load(head)["title"])
    return found


def shown(built: Path) -> list[str]:
    """Return the headings of the built pages, as a reader sees them."""
    pages = [page.read_text(encoding="utf-8") for page in built.rglob("*.html")]
    return [html.unescape(found[1]) for page in pages if (found := re.search(r"<h1>(.*?)</h1>", page, re.S))]


def main() -> None:
    """Build, compare, say."""
    archive, site = Path(sys.argv[1]), Path(sys.argv[2])
    want, got = sorted(titles(archive)), sorted(shown(build(archive, site)))
    if want != got:
        sys.exit(f"pages do not show the posts' titles: {set(want) ^ set(got)}")
    print(f"{len(got)} pages, each shows its title")


if __name__ == "__main__":
    main()
