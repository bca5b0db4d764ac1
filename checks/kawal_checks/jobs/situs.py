"""`periksa-situs`: the functional test of a static site. Every page is one test case: title, and local links that lead somewhere."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from kawal_checks.bentuk import Case, junit_text
from kawal_checks.model import EXIT_OK
from kawal_checks.pohon import list_files

ROOTS = ("public", "dist", "_site", "build")
"""Where generators put the site; without one of them the tree itself is the site."""
MAX_PAGE = 5 * 1024 * 1024
_LINKS = {
    "a": "href",
    "link": "href",
    "area": "href",
    "img": "src",
    "script": "src",
    "source": "src",
    "iframe": "src",
}


class Page(HTMLParser):
    """What a page names: its title, its anchors and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.anchors, self.links = "", set[str](), list[str]()
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = self._in_title or tag == "title"
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            if name == _LINKS.get(tag) and value:
                self.links.append(value.strip())

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()


def inspect(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Exit 0 means that the report was written; a site without pages leaves no test case, which its gate refuses."""
    del environ
    root = site_root(options.sumber)
    pages = read_pages(root)
    files = set(list_files(root))
    cases = {name: problems_of(name, pages, files) for name in sorted(pages)}
    options.keluar.write_text(junit(cases), "utf-8")
    bad = sum(bool(problems) for problems in cases.values())
    print(f"Situs {root}: {len(cases)} halaman, {bad} bermasalah; laporan di {options.keluar}.")
    return EXIT_OK


def site_root(source: Path) -> Path:
    return next((source / name for name in ROOTS if (source / name / "index.html").is_file()), source)


def read_pages(root: Path) -> dict[str, Page]:
    pages = {}
    for name in list_files(root):
        path = root / name
        if (
            not name.lower().endswith((".html", ".htm"))
            or path.is_symlink()
            or path.stat().st_size > MAX_PAGE
        ):
            continue
        page = Page()
        page.feed(path.read_bytes().decode("utf-8", "replace"))
        pages[name] = page
    return pages


def problems_of(name: str, pages: Mapping[str, Page], files: set[str]) -> Sequence[str]:
    page = pages[name]
    found = [] if page.title else ["tanpa judul (title)"]
    for link in dict.fromkeys(page.links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue  # other hosts are not reached from a test
        place = _target(name, unquote(parts.path), files)
        if place is None:
            found.append(f"tautan buntu: {link}")
        elif (
            parts.fragment
            and place in pages
            and unquote(parts.fragment) not in {*pages[place].anchors, "top"}
        ):
            found.append(f"jangkar tidak ada: {link}")
    return found


def _target(page: str, path: str, files: set[str]) -> str | None:
    """The file that a link leads to, as a web server would find it; None when there is none."""
    if not path:
        return page
    parts: list[str] = []
    for part in (
        PurePosixPath(page).parent / path if not path.startswith("/") else PurePosixPath(path[1:])
    ).parts:
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ".."):
            parts.append(part)
    plain = "/".join(parts)
    ways = (plain, f"{plain}/index.html".lstrip("/"), f"{plain}.html")
    return next((way for way in ways if way in files), None)


def junit(cases: Mapping[str, Sequence[str]]) -> str:
    return junit_text(
        "situs",
        [
            Case(
                "situs statis",
                name,
                "\n".join(problems),
                "failure" if problems else "",
                "; ".join(problems[:1]),
            )
            for name, problems in cases.items()
        ],
    )
