"""The browser of the other tests is as strict as it is said to be: seen on a page that only sets cookies."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from web.chromium import LMS, TOOL, Cookies, browser
from web.tls import certificate, listening, tls_front


class Pages(BaseHTTPRequestHandler):
    """/set sets two cookies and goes on to /seen, which says what came back; / holds /set of the other host."""

    def do_GET(self):
        self.send_response(302 if self.path == "/set" else 200)
        if self.path == "/set":
            self.send_header("Location", "/seen")
            self.send_header("Set-Cookie", "whole=1; Secure; SameSite=None; Path=/")
            self.send_header("Set-Cookie", "parted=1; Secure; SameSite=None; Path=/; Partitioned")
        body = f"<p id=seen>{self.headers.get('Cookie', '')}</p>"
        if self.path == "/":
            body = f'<iframe src="https://{TOOL}:{self.headers["Host"].split(":")[1]}/set"></iframe>'
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_what):
        pass


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    pem = certificate(tmp_path_factory.mktemp("tls"), LMS, TOOL)
    server, listener = ThreadingHTTPServer(("127.0.0.1", 0), Pages), listening()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tls_front(pem, listener, server.server_port):
        yield listener.getsockname()[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("cookies", "in_frame"),
    [(Cookies.ALL, {"whole=1", "parted=1"}), (Cookies.OWN_PARTITION, {"parted=1"}), (Cookies.NONE, set())],
)
def test_what_a_frame_of_another_site_keeps(tmp_path, port, cookies, in_frame):
    with browser(tmp_path / "profile", cookies) as context:
        page = context.new_page()
        page.goto(f"https://{LMS}:{port}/")
        seen = page.frame_locator("iframe").locator("#seen").text_content()
        assert set(seen.split("; ")) - {""} == in_frame
        page.goto(f"https://{TOOL}:{port}/set")
        assert "whole=1" in page.locator("#seen").text_content()
