"""A headless Chromium of Debian, with what the tests need."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

AXE = Path(__file__).parent / "vendor/axe.min.js"
HEIGHT = 900
_CLOCK = """{
  const Real = Date;
  const ahead = %f - Real.now();
  globalThis.Date = class extends Real {
    constructor(...parts) {
      if (parts.length) super(...parts);
      else super(Real.now() + ahead);
    }
    static now() {
      return Real.now() + ahead;
    }
  };
}"""


class Unavailable(Exception):
    """This machine has no browser. The text says how to install one."""


class Browser:
    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self._clock: str | None = None

    def command(self, name: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, parameters)

    def be(
        self,
        *,
        width: int = 1280,
        dark: bool = False,
        forced: bool = False,
        zone: str = "UTC",
        scripts: bool = True,
        now: datetime | None = None,
        place: tuple[float, float] | None = None,
    ) -> None:
        """Set up a new reader: window width in pixels, colour scheme, forced colours, IANA time zone, clock, position.

        Without a position the reader forbids pages to ask for it.
        """
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=width < 600
        )
        features = {
            "prefers-color-scheme": "dark" if dark else "light",
            "forced-colors": "active" if forced else "none",
        }
        self.command(
            "Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in features.items()]
        )
        self.command("Emulation.setTimezoneOverride", timezoneId=zone)
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        permission = {"name": "geolocation"}
        self.command("Browser.setPermission", permission=permission, setting="granted" if place else "denied")
        if place:
            self.command("Emulation.setGeolocationOverride", latitude=place[0], longitude=place[1], accuracy=10)
        self.command("Storage.clearDataForOrigin", origin="file://", storageTypes="local_storage")
        self._set_clock(now)

    def _set_clock(self, now: datetime | None) -> None:
        if self._clock:
            self.command("Page.removeScriptToEvaluateOnNewDocument", identifier=self._clock)
            self._clock = None
        if now:
            source = _CLOCK % (now.timestamp() * 1000)
            self._clock = self.command("Page.addScriptToEvaluateOnNewDocument", source=source)["identifier"]

    def open(self, address: str) -> None:
        """Open a page and forget earlier requests and messages."""
        self.driver.get("about:blank")
        self.requests()
        self.complaints()
        self.driver.get(address)

    def requests(self) -> list[str]:
        """Return the URLs that were requested since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """Return the messages of the console since the last call, with violations of the page's policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, script: str, seconds: float = 10) -> None:
        """Wait until a script returns something true."""
        WebDriverWait(self.driver, seconds).until(lambda _: self.run(script))

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        texts: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)", selector
        )
        return texts

    def faults(self) -> list[str]:
        """Return the serious and critical faults that axe-core finds on the page."""
        self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "axe.run(document, {resultTypes: ['violations'], preload: false}).then(arguments[arguments.length - 1])"
        )
        return [
            f"{fault['impact']} {fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
            for node in fault["nodes"]
        ]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a browser. Raises Unavailable."""
    programs = shutil.which("chromium"), shutil.which("chromedriver")
    if None in programs:
        raise Unavailable("no Chromium: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs[0])
    for option in (
        "--headless=new",
        "--no-sandbox",  # needed for root, as in a container of CI; only pages made here are opened
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # no request leaves the machine
        "--lang=en-GB",
    ):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs[1]))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
