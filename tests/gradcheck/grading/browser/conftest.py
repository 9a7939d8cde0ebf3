"""A class with a hostile submission, graded once, and a headless browser that opens its pages."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradcheck.grading import results
from gradcheck.grading.batch import Judged, plan_of
from gradcheck.grading.grading import _entry as entry_of
from gradcheck.grading.lessons import taught
from gradcheck.grading.reading import parsed
from gradcheck.grading.submissions import Submission
from tests.gradcheck.grading.conftest import RIGHT, RUBRIC, WRONG

EVIL = (
    "<script>document.title='pwned'</script><img src=x onerror=document.title='pwned'>"
    "<style>@import 'http://127.0.0.1:9/x'</style>\x1b[2J\u202e javascript:alert(1)"
)
"""What a submission would like to have in a page."""

HOSTILE = RIGHT.replace("return dout", f"raise ValueError({EVIL!r})\n    return dout")

CROPPED = """\
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    views = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum("ncijab,fcab->nfij", views, w) + b[:, None, None], (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3]))
            dxp[at] += np.einsum("nf,fcab->ncab", dout[:, :, i, j], w)
            dw += np.einsum("nf,ncab->fcab", dout[:, :, i, j], xp[at])
    return dxp[:, :, : x.shape[2], : x.shape[3]], dw, dout.sum(axis=(0, 2, 3))
"""
"""A backward that cuts the padding off at the wrong end."""

WHOLE = f"""{RUBRIC}
[[function]]
layer = "conv2d"
forward = 3
backward = 4
required = false
message = "See the notes on {EVIL.encode("unicode_escape").decode().replace(chr(92), chr(92) * 2)}"

[students]
before = "mistake"
"""

SUBMISSIONS = {
    "right": RIGHT,
    "wrong": WRONG,
    "cropped": CROPPED,
    "hostile": HOSTILE,
    "unread": f"def (  # {EVIL}\n",
    "a-very-long-name-of-one-word-" * 4: WRONG,
}


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a grading; its submissions run in this process, so that it needs no sandbox."""
    folder, rubric = tmp_path_factory.mktemp("class"), parsed(WHOLE, "r")
    plan = plan_of(rubric, 4711, unsandboxed=True)
    entries = []
    for name, text in SUBMISSIONS.items():
        path = folder / f"{name}.py"
        path.write_text(text)
        found = taught(str(path), plan)
        judged = Judged(Submission(name, path.name, str(path)), found, 1.0, lessons=found.lessons)
        entries.append(entry_of(judged, "c", rubric))
    entries.append(_renamed(entries[1]))
    results.write(entries, rubric, 4711, folder, datetime(2027, 1, 1, tzinfo=UTC))
    return folder


def _renamed(entry: Any) -> Any:
    """Return an entry as a journal would have it that a submission could write to: names are not safe."""
    parts = tuple(msgspec.structs.replace(part, function=EVIL) for part in entry.target.parts)
    scores = tuple(msgspec.structs.replace(part, function=EVIL) for part in entry.score.parts)
    score = msgspec.structs.replace(entry.score, parts=scores, needs_a_person=(EVIL,))
    target = msgspec.structs.replace(entry.target, parts=parts)
    return msgspec.structs.replace(entry, name="renamed", path=EVIL, target=target, score=score)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; skipped where it, its driver or selenium is not installed, or a machine cannot start it."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason='selenium is an extra: pip install -e ".[browser]"'
    )
    from selenium.common.exceptions import WebDriverException  # as selenium is an extra

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip(f"{'chromium' if chromium is None else 'chromedriver'} is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # Without its sandbox it runs in containers, too; the pages that it opens are the suite's own.
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu"):
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    try:
        found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    except WebDriverException as problem:
        pytest.skip(f"{chromium} does not start here: {str(problem).splitlines()[0]}")
    yield found
    found.quit()


@pytest.fixture
def chrome(browser: Any) -> Any:
    """The browser at the width of a desktop, in light colours, with empty logs."""
    show(browser, 1280, "light")
    for log in ("performance", "browser"):
        browser.get_log(log)
    return browser


def show(browser: Any, width: int, scheme: str, media: str = "screen") -> None:
    """Set the width, the colour scheme and the medium."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
