"""The sample web app, as its users and its administrator see it."""

import pytest
from playwright.sync_api import expect

from tests.acceptance import web
from tests.acceptance.conftest import publish
from tests.acceptance.shell import Shell
from tests.e2e import browsers
from tests.e2e.pictures import picture


@pytest.fixture
def site(active: Shell) -> str:
    """The web app's address, once it serves its page."""
    if not active.target.has_web_app:
        pytest.skip("no web app in this partition")
    url = web.deploy(active)
    active.eventually(
        lambda: web.fetch(f"{url}index.html")[0] == 200, active.target.limits.site_s, "the site serves its page"
    )
    return url


def test_a_user_signs_in_adds_a_photo_and_comments_on_it_in_a_browser(active: Shell, site: str) -> None:
    """In a browser a user signs in, adds a photo, sees it and comments on it; the page asks no foreign host.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    if browsers.launch_options() is None and not active.target.is_local:
        pytest.skip(browsers.NOT_RUN)
    web.set_password(active)
    expect.set_options(timeout=active.target.limits.page_s * 1000)
    with web.page(active, site) as app:
        app.open()
        app.sign_in()
        app.expect_state("active", active.target.primary)
        app.upload(picture("acceptance.png"))
        app.expect_picture("acceptance")
        app.open_photo("acceptance")
        app.comment("as promised")


def test_an_update_of_the_web_app_serves_its_new_files_and_no_stale_ones(active: Shell, site: str) -> None:
    """An update of the web app serves the new files, and those that it no longer has are gone.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html
    """
    folder, limits = active.target.path / "webapp", active.target.limits
    (folder / "note.txt").write_text("one\n", encoding="utf-8")
    publish(active)
    web.deploy(active)
    active.eventually(lambda: web.fetch(f"{site}note.txt") == (200, "one\n"), limits.site_s, "a new file is served")

    (folder / "note.txt").unlink()
    index = folder / "index.html"
    index.write_text(index.read_text(encoding="utf-8") + "<!-- second -->\n", encoding="utf-8")
    publish(active)
    web.deploy(active)
    active.eventually(
        lambda: web.fetch(f"{site}index.html")[1].endswith("<!-- second -->\n"), limits.site_s, "the new page is served"
    )
    active.eventually(lambda: "one" not in web.fetch(f"{site}note.txt")[1], limits.site_s, "the stale file is gone")
