"""Finding a real browser for the tests that need one.

In this order: RECOURSE_BROWSER, an installed Chromium or Chrome, Playwright's own. `python -m tests.browser` (part of `make test`) first tries to
get one where none is: root on Debian or Ubuntu by apt-get, anybody else by Playwright's download. Where that fails too, browser tests are
skipped with a loud reason; under CI=true they fail.

21 November 2026: Chromium's headless shell comes first, and root on Debian gets it beside any other. It is the same engine without a window:
a context with its first page takes 0.7 s of processor time, not 2.3 s.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
NONE_FOUND = "NO BROWSER: install Chromium or Chrome, or name one in RECOURSE_BROWSER. Nothing that needs a browser was tested."
DOWNLOAD_SECONDS, APT_SECONDS = 60, 240


def find_browser(playwright: Playwright) -> str | None:
    """Return the path of a browser that can be driven, or None."""
    on_path = (shutil.which(name) for name in NAMES)
    candidates = (os.environ.get("RECOURSE_BROWSER"), *on_path, *ON_MACOS, playwright.chromium.executable_path)
    return next((path for path in candidates if path and Path(path).exists()), None)


def launch(playwright: Playwright) -> Browser:
    """Start a headless browser, or skip the test that asks for one (fail it under CI=true)."""
    path = find_browser(playwright)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(NONE_FOUND, pytrace=False)
    if path is None:
        pytest.skip(NONE_FOUND)
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium has no sandbox for root
    return playwright.chromium.launch(executable_path=path, headless=True, args=[*sandbox, *FLAGS])


def obtain() -> str | None:
    """Find a browser, trying to install one where there is none."""
    if _is_debian() and not (os.environ.get("RECOURSE_BROWSER") or shutil.which(SHELL)):
        _by_apt(SHELL)
    for install in (None, _by_apt, _by_playwright):
        if install:
            install()
        with sync_playwright() as playwright:  # asked anew: the driver looks only once
            found = find_browser(playwright)
        if found:
            return found
    return None


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def say(line: str) -> None:
    """Tell whoever watches `make test` what takes so long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _by_apt(package: str = "chromium") -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {package} with apt-get")
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _try(["apt-get", "update", "-q"], APT_SECONDS, env)
        _try(["apt-get", "install", "-y", "-q", "--no-install-recommends", package], APT_SECONDS, env)


def _by_playwright() -> None:
    say(f"No browser found; downloading Playwright's own (at most {DOWNLOAD_SECONDS} s)")
    _try([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_SECONDS, dict(os.environ))


def _try(command: list[str], seconds: float, env: dict[str, str]) -> None:
    try:
        result = subprocess.run(command, timeout=seconds, env=env, check=False, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        say(f"{command[0]} took longer than {seconds:g} s and was stopped")
    else:
        if result.returncode:
            say(f"{' '.join(command)}: exit {result.returncode}\n{(result.stderr or result.stdout)[-800:]}")


if __name__ == "__main__":
    say(f"Browser: {obtain() or NONE_FOUND}")
