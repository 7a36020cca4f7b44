"""One visitor's page, in the words of a visitor."""

from typing import Any

from tests.e2e.page.support import until

ON_SCREEN = "return [...document.querySelectorAll('.tile[aria-pressed=true]')].map((tile) => tile.dataset.name)"

TAP = """
const [name, done] = arguments, tile = document.querySelector(`.tile[data-name=${name}]`);
const start = performance.now();
new MutationObserver((_, observer) => {
  if (tile.getAttribute("aria-pressed") === "true") { observer.disconnect(); done(performance.now() - start); }
}).observe(tile, {attributes: true});
tile.click();
"""
"""Tap a tile; answers the milliseconds until the page shows it."""


class Visit:
    """A page in the browser: what is done to it, and what it shows."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, fragment: str = "#mirror", url: str | None = None) -> None:
        self.driver.get("about:blank")
        self.driver.get((url or self.url) + fragment)

    def on_screen(self) -> list[str]:
        return list(self.driver.execute_script(ON_SCREEN))

    def shows(self, *names: str) -> None:
        until(lambda: sorted(self.on_screen()) == sorted(names), what=f"the page does not show {names}")

    def text(self, identity: str) -> str:
        return str(self.driver.execute_script("return document.getElementById(arguments[0]).textContent", identity))

    def says(self, identity: str, words: str) -> None:
        until(lambda: words in self.text(identity), what=f"#{identity} says {self.text(identity)!r}, not {words!r}")

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def tap(self, name: str) -> None:
        self.find(f".tile[data-name={name}]").click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        return str(
            self.driver.execute_script("return document.activeElement.dataset.name || document.activeElement.id")
        )
