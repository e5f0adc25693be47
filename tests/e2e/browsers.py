"""Which Chromium drives the tests, and how it is started."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# no sandbox: CI runs as root; the rest keeps Chromium from talking to hosts of its maker's
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

NOT_RUN = (
    "BROWSER TESTS NOT RUN: there is no Chromium. "
    "Get one with `apt-get install chromium` or `.venv/bin/playwright install chromium`, then `make e2e`."
)


def launch_options() -> dict[str, Any] | None:
    """What to start Chromium with: one on PATH, else Playwright's own; None where there is neither."""
    options: dict[str, Any] = {"args": LAUNCH_ARGUMENTS}
    for name in _NAMES:
        if found := shutil.which(name):
            return options | {"executable_path": found}
    with sync_playwright() as playwright:
        return options if Path(playwright.chromium.executable_path).is_file() else None


def is_required() -> bool:
    """In CI a missing browser is a failure, not a skip."""
    return os.environ.get("CI") == "true"


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A browser for a script, and an MRAA_HOME for the clouds that it starts; one line and exit 1 without a browser."""
    options = launch_options()
    if options is None:
        raise SystemExit(NOT_RUN)
    with (
        tempfile.TemporaryDirectory() as home,
        pytest.MonkeyPatch.context() as patch,
        sync_playwright() as playwright,
    ):
        patch.setenv("MRAA_HOME", home)
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()
