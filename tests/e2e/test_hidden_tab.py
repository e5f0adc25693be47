"""A tab that is not looked at asks seldom, and at once when it is looked at again."""

from tests.e2e.app import App
from tests.regions import PRIMARY

# what a browser does with a tab in the background
HIDE = """(isHidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  Object.defineProperty(document, 'visibilityState', {
    configurable: true, get: () => isHidden ? 'hidden' : 'visible',
  });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}"""


def test_a_hidden_tab_asks_each_region_every_half_minute_and_both_at_once_when_shown(app: App) -> None:
    states: list[str] = []  # answered
    photos: list[str] = []  # asked for
    app.page.on("requestfinished", lambda one: states.append(one.url) if "/state/" in one.url else None)
    app.page.on("request", lambda one: photos.append(one.url) if one.url.endswith("/photos") else None)
    app.take_clock()
    app.expect_state("active", PRIMARY)

    def hide(is_hidden: bool) -> None:
        states.clear()
        photos.clear()
        app.page.evaluate(HIDE, is_hidden)
        app.wait_until(lambda: len(set(states)) == 2)

    hide(True)
    now = app.page.evaluate("Date.now()")
    app.page.clock.pause_at((now + 2_000) / 1_000)  # what follows the answers is done
    states.clear()
    photos.clear()
    app.page.clock.run_for(31_000)
    app.wait_until(lambda: len(states) >= 2)
    assert len(states) == len(set(states)) == 2
    assert photos == []

    app.page.clock.resume()
    hide(False)
    app.wait_until(lambda: len(photos) > 0)
