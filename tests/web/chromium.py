"""Chromium with the cookie rules of a strict browser, for pages of hosts that do not exist."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import pytest

LMS, TOOL = "lms.test", "tool.test"


class Cookies(Enum):
    """What the browser lets the tool's frame keep."""

    ALL = "all"
    OWN_PARTITION = "no third-party cookies, except partitioned ones"
    NONE = "no cookies inside the LMS's pages"


def installed() -> str:
    """The path of Chromium; skips the test where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    return next(found, None) or pytest.skip("no Chromium is installed; type: apt-get install chromium")


@contextmanager
def browser(profile: Path, cookies: Cookies = Cookies.OWN_PARTITION, **options):
    """A browser with a new profile in `profile`, which the block gets as a playwright context."""
    executable = installed()
    from playwright.sync_api import sync_playwright

    _write_preferences(profile, cookies)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            args=[
                "--no-sandbox",
                # One process for all frames: playwright sometimes loses one that changes its process when it is busy.
                "--disable-features=IsolateOrigins,site-per-process",
                "--disable-site-isolation-trials",
                "--ignore-certificate-errors",
                f"--host-resolver-rules=MAP {LMS} 127.0.0.1,MAP {TOOL} 127.0.0.1",
            ],
            **options,
        )
        context.set_default_timeout(60_000)
        try:
            yield context
        finally:
            context.close()


def _write_preferences(profile: Path, cookies: Cookies) -> None:
    """As the browser itself would keep what somebody chose in its settings."""
    chosen: dict = {"cookie_controls_mode": 0 if cookies is Cookies.ALL else 1}
    if cookies is Cookies.NONE:
        refused = {f"[*.]{TOOL},[*.]{LMS}": {"setting": 2}}
        chosen["content_settings"] = {"exceptions": {"cookies": refused}}
    path = profile / "Default/Preferences"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"profile": chosen}))
