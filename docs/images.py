"""Draw the images of the README from the sandbox: python docs/images.py. The catalogue's image needs Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from sandbox.client import running_sandbox
from tests.support.browser import HEIGHT, Browser, running_browser

ROOT = Path(__file__).parent.parent
VENUE = "act-3rd-space-canberra"
PUBLISHERS = ("quizmeisters", "question_one", "pubquiz", "speed_quizzing", "geeks_who_drink", "inquizition")
WIDTH, GAP = 560, 16
DESK, PHONE = 1280, 390
SHEET = 1400  # pixels, the width of desk and phone together


def before_and_after() -> Image.Image:
    """Return one venue's image, before and after it changed at its publisher, side by side."""
    with running_sandbox() as sandbox:
        url = next(image["url"] for image in sandbox.images() if image["venue"] == VENUE)
        bodies = [sandbox.served(url)]
        sandbox.change([url])
        bodies.append(sandbox.served(url))
    images = [Image.open(BytesIO(body)) for body in bodies]
    height = round(images[0].height * WIDTH / images[0].width)
    sheet = Image.new("RGB", (2 * WIDTH + GAP, height), "white")
    for place, image in enumerate(images):
        sheet.paste(image.resize((WIDTH, height), Image.Resampling.LANCZOS), (place * (WIDTH + GAP), 0))
    return sheet


def catalogue() -> Image.Image:
    """Return two screenshots: the search on a desktop in light colours, and a venue on a phone in dark colours."""
    with tempfile.TemporaryDirectory() as home, running_sandbox() as sandbox, running_browser() as browser:
        environment = os.environ | {"TRIVIA_HOME": home, "SANDBOX_SERVER": sandbox.url}
        for words in (*(("crawl", name) for name in PUBLISHERS), ("catalogue",)):
            command = [sys.executable, "-m", "scrapy", *words]
            subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
        site = (Path(home) / "catalogue").as_uri()
        desk = shot(browser, f"{site}/index.html", DESK, dark=False)
        phone = shot(browser, f"{site}/venues/{VENUE.removeprefix('act-')}.html", PHONE, dark=True)
    sheet = Image.new("RGB", (DESK + PHONE + 3 * GAP, HEIGHT), "white")
    sheet.paste(desk, (0, 0))
    sheet.paste(phone, (DESK + 3 * GAP, 0))
    return sheet.resize((SHEET, round(sheet.height * SHEET / sheet.width)), Image.Resampling.LANCZOS)


def shot(browser: Browser, address: str, width: int, *, dark: bool) -> Image.Image:
    browser.be(width=width, dark=dark, zone="Australia/Sydney")
    browser.command("Emulation.setScrollbarsHidden", hidden=True)
    browser.open(address)
    browser.run("return document.fonts.ready.then(() => true)")
    browser.run(
        "return Promise.all([...document.images].filter((each) => each.getBoundingClientRect().top < innerHeight)"
        ".map((each) => each.decode())).then(() => true)"
    )
    return Image.open(BytesIO(browser.driver.get_screenshot_as_png())).convert("RGB")


IMAGES = {"before-after.jpg": before_and_after, "catalogue.jpg": catalogue}

if __name__ == "__main__":
    for name, make in IMAGES.items():
        make().save(Path(__file__).parent / name, quality=85)
