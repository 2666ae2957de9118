"""Pictures over a real server on the loopback interface, and sites that real Jekyll and Hugo make of the posts."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote

import pytest

from crawler.model import Source, Tally
from tests import hugo_site
from tests.fakes import InProcess, rss, says, stories
from tests.pictures import JPEG, PNG, SVG, asset, shows
from tests.test_walk import NEWS, OTHER, SITE, Machine
from tests.test_walk import quick as quick
from tests.webserver import Handler, page, redirect

PICTURES = (f"{SITE}/p.png?w=9&h=9", f"{OTHER}/moved.jpg", f"{OTHER}/gone.png", f"{OTHER}/script.svg")
ROUTES: dict[str, Handler] = {
    "/robots.txt": page(b"User-agent: *\nDisallow: /private/\n"),
    "/feed": says(rss(*stories(SITE, 1)), ETag='"1"'),
    "/1": page(shows(*PICTURES, f"{OTHER}/private/p.png").encode(), Content_Type="text/html; charset=utf-8"),
    "/p.png?w=9&h=9": page(PNG, Content_Type="text/plain"),
    "/moved.jpg": redirect(f"{SITE}/here.jpg"),
    "/here.jpg": page(JPEG, Content_Type="image/jpeg"),
    "/script.svg": page(SVG, Content_Type="image/png"),
}
KEEPS = replace(NEWS, images="download")


def walked(folder: Path, source: Source = KEEPS) -> Machine:
    there = Machine(folder, dict(ROUTES), source)
    assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1, pictures=2, hung=1)
    return there


def test_posts_first_then_pictures_then_posts_that_show_them(tmp_path: Path, quick: InProcess) -> None:
    there = walked(tmp_path)
    targets = there.targets
    assert [t for t in targets if t != "/robots.txt"][:2] == ["/feed", "/1"]
    assert sorted(targets) == sorted(
        ["/1", "/feed", "/gone.png", "/here.jpg", "/moved.jpg", "/p.png?w=9&h=9", "/script.svg", *["/robots.txt"] * 2]
    )
    told = {seen.target: seen.header("Referer") for seen in there.seen}
    assert {target for target, page in told.items() if page} == set(targets) - {"/feed", "/1", "/robots.txt"}
    assert set(told.values()) == {None, f"{SITE}/1".encode()}
    (post,) = (there.config.archive / "_posts").iterdir()
    shown = re.findall(r"!\[Picture \d\]\((.*?)\)", post.read_text())
    assert shown == [f"../{asset(PNG)}", f"../{asset(JPEG)}", *PICTURES[2:], f"{OTHER}/private/p.png"]
    assert all((post.parent / address).is_file() for address in shown[:2])
    assert there.findings() == []

    assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
    assert there.targets == ["/feed"]


def test_too_large_a_picture_stays_where_it_is(tmp_path: Path, quick: InProcess) -> None:
    there = Machine(tmp_path, dict(ROUTES), KEEPS)
    there.config = replace(there.config, limits=replace(there.config.limits, max_image_bytes=len(PNG) - 1))
    assert there.run().pictures == 1, "the other one is small enough"
    assert not (there.config.archive / asset(PNG)).exists()


def test_a_dry_run_fetches_none(tmp_path: Path, quick: InProcess) -> None:
    there = walked(tmp_path)
    there.routes["/feed"] = says(rss(*stories(SITE, 2, 1)))
    there.later(minutes=16).run(articles=False)
    assert there.targets == ["/feed"]


# --- sites ---

needs_jekyll = pytest.mark.skipif(shutil.which("jekyll") is None, reason="no jekyll here")
SKELETON = Path(__file__).parents[1] / "examples" / "jekyll"
LAYOUT = "<!doctype html><meta charset=utf-8><title>x</title>\n{{ content }}\n"
BARE = "title: x\nfuture: true\nurl: https://example.org\nbaseurl: {base}\npermalink: {permalink}\n"


def built(archive: Path, folder: Path) -> Path:
    """Return the site that Jekyll makes of an archive."""
    words: list[str | Path] = ["jekyll", "build", "-q", "--trace", "-s", archive, "-d", folder]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return folder


def pictures(site: Path, base: str = "") -> dict[str, list[Path]]:
    """Return, by page, the files to which its pictures of the archive lead a browser."""
    found: dict[str, list[Path]] = {}
    for shown in site.rglob("*.html"):
        here = f"{base}/" + shown.relative_to(site).as_posix()
        for src in re.findall(r'<img[^>]*? src="([^":]*)"', shown.read_text()):
            there = normpath(join(here, "..", unquote(src)))
            assert there.startswith(f"{base}/"), src
            found.setdefault(shown.name, []).append(site / there.removeprefix(f"{base}/"))
    return found


@needs_jekyll
@pytest.mark.parametrize("body", ["markdown", "html"])
@pytest.mark.parametrize("base", ["", "/news"])
def test_jekylls_page_of_as_many_folders_shows_them(tmp_path: Path, quick: InProcess, body: str, base: str) -> None:
    archive = walked(tmp_path, replace(KEEPS, body=body)).config.archive  # type: ignore[arg-type]
    permalink = "/posts/:year-:month-:day-:title.html"
    (archive / "_config.yml").write_text(BARE.format(base=base or '""', permalink=permalink))
    (archive / "_layouts").mkdir()
    (archive / "_layouts/post.html").write_text(LAYOUT)
    ((_, files),) = pictures(built(archive, tmp_path / "built"), base).items()
    assert [file.read_bytes() for file in files] == [PNG, JPEG]


@needs_jekyll
@pytest.mark.parametrize(
    ("body", "path", "base"),
    [
        ("markdown", "_posts/{date}-{title}.md", ""),
        ("html", "_posts/{date}-{title}.md", "/news"),
        ("markdown", "_posts/{year}/{date}-{title}.md", "/news"),
    ],
)
def test_the_example_shows_them_whatever_its_permalink(
    tmp_path: Path, quick: InProcess, body: str, path: str, base: str
) -> None:
    archive = walked(tmp_path, replace(KEEPS, body=body, path=path)).config.archive  # type: ignore[arg-type]
    shutil.copytree(SKELETON, archive, dirs_exist_ok=True)
    config = archive / "_config.yml"
    config.write_text(config.read_text().replace('baseurl: ""', f'baseurl: "{base}"'))
    site = built(archive, tmp_path / "built")
    ((_, files),) = pictures(site, base).items()
    assert [file.read_bytes() for file in files] == [PNG, JPEG]
    feed = (site / "feed.xml").read_text()
    for data in (PNG, JPEG):
        assert f"src=&quot;https://example.org{base}/{asset(data)}&quot;" in feed
    assert "../assets" not in feed


@pytest.mark.skipif(shutil.which("hugo") is None, reason="no hugo here")
def test_hugos_page_shows_them(tmp_path: Path, quick: InProcess) -> None:
    source = replace(KEEPS, format="hugo", image_links="root", path="content/posts/{date}-{title}/index.md")
    site = hugo_site.build(walked(tmp_path, source).config.archive, tmp_path / "site")
    ((_, files),) = pictures(site).items()
    assert [file.read_bytes() for file in files] == [PNG, JPEG]
