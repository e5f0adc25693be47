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

# no sandbox: CI runs as root; the other flags stop Chromium's requests to its vendor
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Chromium's own renderer in software in the place of a GPU: pages are drawn as on a machine that has one
GPU_ARGUMENTS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--enable-gpu-rasterization",
]

NOT_RUN = (
    "BROWSER TESTS NOT RUN: Chromium not found. "
    "Install it with `apt-get install chromium` or `.venv/bin/playwright install chromium`, then `make e2e`."
)


def launch_options() -> dict[str, Any] | None:
    """Launch options for the Chromium on the PATH, else for Playwright's own; None if neither exists."""
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
    """A browser for a script, and an MRAA_HOME for its local clouds. Without a browser: one line and exit 1."""
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


@contextlib.contextmanager
def launched_with_gpu(beside: Browser) -> Iterator[Browser]:
    """A second browser that draws as one with a GPU does."""
    arguments = [argument for argument in LAUNCH_ARGUMENTS if argument != "--disable-gpu"]
    options = (launch_options() or {}) | {"args": arguments + GPU_ARGUMENTS}
    browser = beside.browser_type.launch(**options)
    try:
        yield browser
    finally:
        browser.close()
