"""A real server and a real browser, for the tests of pages."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

_FLAGS = ("--disable-gpu", "--disable-quic")
"""What Playwright does not give its browsers itself: it already keeps them from calling home."""

WINDOW: ViewportSize = {"width": 1100, "height": 1400}
"""In which a test that says nothing of windows looks at a page."""

PATIENCE_MS = 20_000
"""For how long something may fail to show before a test does; two cores are shared by many."""


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve an application on a port of this machine, a free one if none is given, and give its address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the server did not start; its log says why")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def browsing() -> Iterator[Browser]:
    """Give Debian's browser; pages share nothing that are opened apart. Without it a test is skipped, but in CI it fails.

    Until it is closed a loop of asyncio runs in this thread, on which Playwright waits: `asyncio.run` fails here.
    """
    browser = shutil.which("chromium")
    if browser is None:
        missing = "chromium is missing: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=_FLAGS)
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def opened(browser: Browser, window: ViewportSize = WINDOW) -> Iterator[Page]:
    """Give an empty page with a profile of its own."""
    page = browser.new_page(viewport=window)
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield page
    finally:
        page.close()


def complaints(page: Page) -> list[str]:
    """Return the list to which all that the browser's console says from now on is added."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
