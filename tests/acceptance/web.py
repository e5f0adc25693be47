"""The sample web app: its site, and a browser on it."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from tests.acceptance.shell import Shell
from tests.e2e import browsers
from tests.e2e.app import App
from tests.e2e.deployment import ADMIN, PASSWORD

# a mailbox that accepts everything and keeps nothing
EMAIL = "success@simulator.amazonses.com"
WEB_APP = ("webapp", "deploy", "--admin-name", ADMIN, "--admin-email", EMAIL)
# on AWS the page asks the Regions' APIs, buckets and Cognito; elsewhere only itself
_AWS_HOSTS = r"https://[\w.-]+\.amazonaws\.com/"


def deploy(shell: Shell) -> str:
    """Create or update the web app; its address."""
    return shell.mraa(*WEB_APP, "--yes").rstrip().rpartition("Open: ")[2]


def set_password(shell: Shell) -> None:
    """Give the administrator of the web app a password: nobody here reads the mail with the first one."""
    outputs = {of["OutputKey"]: of["OutputValue"] for of in shell.stack(f"{shell.target.stack}-web")["Outputs"]}
    shell.client("cognito-idp", shell.target.primary).admin_set_user_password(
        UserPoolId=outputs["UserPoolId"], Username=ADMIN, Password=PASSWORD, Permanent=True
    )


def fetch(url: str) -> tuple[int, str]:
    """A file of the site: status and text."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""


@contextlib.contextmanager
def page(shell: Shell, url: str) -> Iterator[App]:
    """The page in headless Chromium; the end fails on any error in its console or request to another host."""
    options = browsers.launch_options()
    assert options is not None, browsers.NOT_RUN
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        context = browser.new_context()
        context.set_default_timeout(shell.target.limits.page_s * 1000)
        app = App(context.new_page(), url) if shell.target.is_local else App(context.new_page(), url, _AWS_HOSTS)
        yield app
        browser.close()
    assert not app.unexpected()
