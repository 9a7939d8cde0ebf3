"""The site builds without a warning, and loads nothing from a network."""

import re
import subprocess
import sys
import time

import pytest

from tests.gradcheck.grading.browser.conftest import browser, show  # noqa: F401 - a fixture
from tests.site.conftest import ROOT

LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source|style)\b[^>]*(?:src|href)=["'](?:https?:)?//[^"']*"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for name in ("sphinx", "furo", "myst_parser", "numpydoc"):
        pytest.importorskip(name, reason='Sphinx is an extra: pip install -e ".[docs]"')
    folder = tmp_path_factory.mktemp("site")
    words = ["--draft", "--output", str(folder / "site"), "--staged", str(folder / "staged")]
    done = subprocess.run(
        [sys.executable, "docs/build.py", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_site__is_built_without_warnings_with_search_and_pages(site):
    assert (site / "searchindex.js").stat().st_size > 100_000
    for page in (
        "index",
        "first-gradient",
        "mistakes/conv2d",
        "dialects/README",
        "source/gradcheck/contract.py",
    ):
        assert (site / f"{page}.html").exists(), page
    assert 'id="gradcheck.check_gradients"' in (site / "api.html").read_text()


def test_site__loads_nothing_from_a_network(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    assert [(page.name, found) for page in pages for found in LOADED.findall(page.read_text())] == []
    styles = [
        path
        for path in site.rglob("*.css")
        if re.search(r"url\(['\"]?(https?:)?//|@import", path.read_text())
    ]
    assert styles == []


def test_loaded__finds_what_comes_from_a_network():
    assert LOADED.findall('<script defer src="https://cdn.net/a.js"></script>')
    assert not LOADED.findall('<a href="https://en.net/">text</a><img src="_images/a.svg">')


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages__fit_into_the_window_and_ask_no_server(site, browser, width, scheme):  # noqa: F811
    for log in ("performance", "browser"):
        browser.get_log(log)
    for page in ("index", "first-gradient", "gallery", "functions", "commands", "mistakes/relu", "changelog"):
        show(browser, width, scheme)
        browser.get((site / f"{page}.html").as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, page
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    sent = re.findall(
        r'"url":"(\w+):', " ".join(entry["message"] for entry in browser.get_log("performance"))
    )
    assert set(sent) <= {"file", "data"}


def test_search__finds_a_mistake(site, browser):  # noqa: F811
    browser.get((site / "search.html").as_uri() + "?q=crop")
    found = []
    for _ in range(50):
        found = [each.text for each in browser.find_elements("css selector", "#search-results li a")]
        if "Mistakes in conv2d" in found:
            break
        time.sleep(0.1)
    assert "Mistakes in conv2d" in found
