"""The tool on loopback, and a real Chromium in which a student has launched a link."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import Page, sync_playwright
from quiz.node import CONSUMERS, chromium
from web.conftest import World
from werkzeug.serving import make_server

from convclass.web.app import create_app
from convclass.web.models import Role
from convclass.web.settings import Settings
from convclass.web.visit import cookie_name, open_visit

AXE = CONSUMERS / "node_modules/axe-core/axe.min.js"


@contextmanager
def served(settings: Settings, world: World) -> Iterator[str]:
    """The address of the tool, by http."""
    app = create_app(replace(settings, url="http://127.0.0.1"), world.database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def window(address: str, world: World, link: int, **look) -> Iterator[tuple[Page, str]]:
    """A page in which the first student has opened the link, and the address that the paths of the visit follow."""
    with world.database.writing() as session:
        opened = open_visit(
            session, user_id=world.students[0], context_id=world.context, link_id=link, role=Role.STUDENT
        )
        public_id = opened.visit.public_id
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(**({"viewport": {"width": 800, "height": 600}} | look))
        context.add_cookies([{"name": cookie_name(public_id, False), "value": opened.secret, "url": address}])
        yield context.new_page(), f"{address}/v/{public_id}"
        browser.close()


def faults(page: Page) -> list[str]:
    """What axe finds on a page, and whether it scrolls sideways."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    told = [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]
    return told + ([f"{sideways} pixels too wide"] if sideways > 0 else [])
