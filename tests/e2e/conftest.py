"""A deployed system for the tests of one file, and a signed-in page for each test.

Every page is watched: an error in its console, an exception, or a request to another host fails the test.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import browsers
from tests.e2e.app import App
from tests.e2e.deployment import System, deployed

# of a machine whose two cores also run other tests
_PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser, or a loud word that there is none."""
    options = browsers.launch_options()
    if options is None:
        if browsers.is_required():
            pytest.fail(browsers.NOT_RUN, pytrace=False)
        pytest.skip(browsers.NOT_RUN)
    return browser_type_launch_args | options


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """MRAA_HOME in a temporary folder, and none of the developer's AWS settings."""
    folder = tmp_path_factory.mktemp("mraa-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", str(folder))
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", str(folder / "no-config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "no-credentials"))
        yield folder


@pytest.fixture(scope="module")
def system(browser: Browser, home: Path) -> Iterator[System]:
    """The system, deployed. The browser comes first: without one nothing need be deployed."""
    expect.set_options(timeout=_PATIENCE_MS)
    with deployed() as running:
        yield running


@pytest.fixture(scope="module")
def session(browser: Browser, system: System) -> Any:
    """What a browser keeps of a first sign-in: cookies and storage."""
    context = browser.new_context()
    app = App(context.new_page(), system.url)
    app.open()
    app.sign_in(system.invitation)
    app.choose_password()
    app.expect_state("active", "us-east-1")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def make_app(browser: Browser, system: System) -> Iterator[Any]:
    """``make_app(**context options)``: a watched page that nobody has signed in to, unless a session is given."""
    made: list[App] = []

    def make(url: str = system.url, **options: Any) -> App:
        context = browser.new_context(**options)
        context.set_default_timeout(_PATIENCE_MS)
        made.append(App(context.new_page(), url))
        return made[-1]

    yield make
    unexpected = [text for app in made for text in app.unexpected()]
    for app in made:
        app.page.context.close()
    assert not unexpected


@pytest.fixture
def app(make_app: Any, session: Any) -> App:
    """The app, opened and signed in."""
    made: App = make_app(storage_state=session)
    made.open()
    return made
