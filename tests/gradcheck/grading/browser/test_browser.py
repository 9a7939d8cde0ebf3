"""The pages of a grading in a real browser: readable by everybody, everywhere, and nothing runs or leaves."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from tests.gradcheck.grading.browser.conftest import show

BY = "css selector"

OVERFLOW = """
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
return [wide, [...document.querySelectorAll('main *')].filter(
  each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.scroll') && !each.closest('.hidden')
).map(each => each.outerHTML.slice(0, 90))];
"""

CONTRASTS = r"""
const channels = text => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = node => {
  for (; node; node = node.parentElement) {
    const colour = channels(getComputedStyle(node).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || node.closest('.hidden')) continue;
  const [a, b] = [light(channels(getComputedStyle(node).color)), light(behind(node))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) found.push([node.outerHTML.slice(0, 80), contrast]);
}
return found;
"""


def names(pages):
    return sorted(path.parent.name for path in pages.glob("*/index.html"))


def every(pages):
    return [pages / "index.html", *(pages / name / "index.html" for name in names(pages))]


def requested(chrome):
    """Return the addresses that were asked for since the last time."""
    messages = [json.loads(each["message"])["message"] for each in chrome.get_log("performance")]
    return [
        each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"
    ]


def test_class_page__leads_to_the_page_of_a_student(chrome, pages):
    chrome.get((pages / "index.html").as_uri())
    assert chrome.find_element(BY, "h1").text == "small"
    table = chrome.find_element(BY, "#submissions ~ .scroll table")
    rows = {row.find_element(BY, "th").text: row.text for row in table.find_elements(BY, "tbody tr")}
    assert set(rows) == set(names(pages))
    assert "✓ right" in rows["right"]
    assert "3 of 3" in rows["right"]
    assert "✗ wrong" in rows["wrong"]
    assert "1 of 3" in rows["wrong"]
    table.find_element("link text", "wrong").click()
    assert chrome.find_element(BY, "h1").text == "wrong"
    assert chrome.current_url == (pages / "wrong" / "index.html").as_uri()
    assert chrome.find_element(BY, ".score").text == "1 of 3 points"
    chrome.find_element("link text", "relu_backward").click()
    assert chrome.current_url.endswith("#part-2")


def test_tables_of_a_case__have_the_padding_the_window_and_what_is_wrong(chrome, pages):
    chrome.get((pages / "cropped" / "index.html").as_uri())
    tables = {}
    for table in chrome.find_elements(BY, ".drawn"):
        name = re.sub(r"\[.*\]| [\dx]+$", "", table.find_element(BY, "caption").text)
        tables.setdefault(name, []).append(table)
    assert list(tables) == ["x", "w", "dout", "dx, as it should be", "dx, as your function gives it"]

    def cells(name, mark):
        return [cell for table in tables[name] for cell in table.find_elements(BY, f"td.{mark}")]

    assert {each.text.split()[0] for each in cells("x", "padding")} == {"0"}
    assert cells("w", "used")
    assert cells("dout", "used")
    wrong = cells("dx, as your function gives it", "wrong")
    assert wrong
    for cell in wrong:  # not by its colour alone
        assert cell.text.startswith("✗")
        assert cell.get_attribute("textContent").endswith(" wrong")
    (right,) = cells("dx, as it should be", "used")
    assert f"should be {right.text.split()[0]};" in chrome.find_element(BY, "pre").text
    assert "crop-at-the-corner" in chrome.find_element(BY, "article").text
    assert "explain cropped.py" in chrome.find_element(BY, "pre code").text


def test_page__runs_nothing_and_asks_for_nothing(chrome, pages):
    for page in every(pages):
        chrome.get(page.as_uri())
        assert "pwned" not in chrome.title
        elements = chrome.find_elements(
            BY, "script, img, iframe, link, object, embed, form, input, base, main style"
        )
        assert elements == []
        attributes = chrome.execute_script(
            "return [...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())"
        )
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "style")}
        assert set(requested(chrome)) == {page.as_uri()}
        assert chrome.get_log("browser") == []  # nor has the browser refused anything of the page's own


def test_hostile_text__is_shown_as_text(chrome, pages):
    for name in ("hostile", "renamed"):
        chrome.get((pages / name / "index.html").as_uri())
        text = chrome.find_element(BY, "main").text
        assert "<script>document.title='pwned'</script>" in text
        assert "\\u202e" in text
        assert not {"\x1b", "\u202e"} & set(text)


@pytest.fixture
def server():
    """A server on this machine, and the paths that it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}", asked
        found.shutdown()
        thread.join()


@pytest.mark.parametrize("is_kept", [True, False])
def test_policy__stops_what_would_get_into_a_page(chrome, pages, tmp_path, server, is_kept):
    """Without the policy the same page does it all: so the test would see it."""
    address, asked = server
    text = (pages / "wrong" / "index.html").read_text()
    evil = (
        f"<script>document.title='pwned'</script><script src='{address}/script'></script>"
        f"<img src='{address}/image' onerror=\"document.title='pwned'\"><link rel=stylesheet href='{address}/style'>"
        f"<style>body {{ background: url({address}/background) }}</style><iframe src='{address}/frame'></iframe>"
    )
    if not is_kept:
        text = text.replace("Content-Security-Policy", "X")
    path = tmp_path / "page.html"
    path.write_text(text.replace("<main>", f"<main>{evil}"))
    chrome.get(path.as_uri())
    if is_kept:
        assert chrome.title == "wrong: 1 of 3"
        assert asked == []
    else:
        assert chrome.title == "pwned"
        assert {"/script", "/image", "/style", "/background", "/frame"} <= set(asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_width__is_that_of_the_window(chrome, pages, width, scheme):
    show(chrome, width, scheme)
    for page in every(pages):
        chrome.get(page.as_uri())
        assert chrome.execute_script(OVERFLOW) == [0, []]


@pytest.mark.parametrize(("scheme", "media"), [("light", "screen"), ("dark", "screen"), ("dark", "print")])
def test_contrast__is_enough(chrome, pages, scheme, media):
    show(chrome, 1280, scheme, media)
    for page in every(pages):
        chrome.get(page.as_uri())
        assert chrome.execute_script(CONTRASTS) == []


def test_schemes__differ(chrome, pages):
    colours = []
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        show(chrome, 1280, scheme, media)
        chrome.get((pages / "index.html").as_uri())
        script = "return getComputedStyle(document.documentElement).backgroundColor"
        colours.append(chrome.execute_script(script))
    light, dark, paper = colours
    assert light != dark
    assert paper == light == "rgb(255, 255, 255)"


def test_structure__can_be_read_out(chrome, pages):
    for page in every(pages):
        chrome.get(page.as_uri())
        levels = [int(each.tag_name[1]) for each in chrome.find_elements(BY, "h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= level + 1 for level, later in pairwise(levels))
        assert chrome.find_element(BY, "html").get_attribute("lang") == "en"
        assert len(chrome.find_elements(BY, "main")) == 1
        for table in chrome.find_elements(BY, "table"):
            assert len(table.find_elements(BY, "caption")) == 1
            heads = table.find_elements(BY, "th")
            assert all(each.get_attribute("scope") in ("row", "col") for each in heads)
            assert all(each.text for each in heads)
        assert all(each.get_attribute("aria-label") for each in chrome.find_elements(BY, "[role=region]"))
        ids = [each.get_attribute("id") for each in chrome.find_elements(BY, "[id]")]
        assert len(ids) == len(set(ids))
        for link in chrome.find_elements(BY, "a[href^='#'], [aria-labelledby]"):
            target = link.get_dom_attribute("href") or f"#{link.get_attribute('aria-labelledby')}"
            assert target.removeprefix("#") in ids
