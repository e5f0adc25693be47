"""A tab that is not looked at asks seldom, and at once when it is looked at again."""

from playwright.sync_api import Request

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
    on_the_way: set[Request] = set()

    def ask(request: Request) -> None:
        on_the_way.add(request)
        if request.url.endswith("/photos"):
            photos.append(request.url)

    def end(request: Request) -> None:
        on_the_way.discard(request)
        if "/state/" in request.url:
            states.append(request.url)

    app.take_clock()
    app.page.on("request", ask)
    app.page.on("requestfinished", end)
    app.page.on("requestfailed", end)
    app.expect_state("active", PRIMARY)

    def expect_answers() -> None:
        """Both Regions have answered, and no answer is to come."""
        app.wait_until(lambda: len(set(states)) == 2 and not on_the_way)

    def hide(is_hidden: bool) -> None:
        expect_answers()  # of before
        states.clear()
        photos.clear()
        app.page.evaluate(HIDE, is_hidden)
        expect_answers()

    hide(True)
    now = app.page.evaluate("Date.now()")
    app.page.clock.pause_at((now + 2_000) / 1_000)  # what follows the answers is done
    states.clear()
    photos.clear()
    app.page.clock.run_for(31_000)
    expect_answers()
    assert len(states) == len(set(states)) == 2
    assert photos == []

    app.page.clock.resume()
    hide(False)
    app.wait_until(lambda: len(photos) > 0)
