"""A platform's grade services for tests: it keeps scores as real ones do, and fails in all the ways that they do."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from convclass.web.ags import LINE_ITEM_TYPE, LINE_ITEMS_TYPE, SCORE_TYPE

STUDENTS = {"s0", "s1", "s2"}
TEACHERS = {"t"}


@dataclass
class Fault:
    """What happens to one request instead of its answer.

    before: called first. status: answered at once. lost: the request is carried out, and the connection closed without
    an answer; half: in the middle of the answer. closed: the connection is closed and nothing done.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    lost: bool = False
    half: bool = False
    closed: bool = False


@dataclass
class Kept:
    """A score that the platform has; `given` None: it was cleared."""

    given: float | None
    most: float
    comment: str
    stamp: datetime


@dataclass
class AgsPlatform:
    """`items` are line items by path and query; `accepted` is every score that was taken, in order."""

    url: str = ""
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    scores: dict[tuple[str, str], Kept] = field(default_factory=dict)
    accepted: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    always: Callable[[str, str], Fault | None] = lambda method, target: None
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    resolution: Callable[[datetime], datetime] = lambda stamp: stamp
    under_way: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_under_way: int = 0
    twice_at_once: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_item(self, target: str, **more: Any) -> str:
        """Add a line item at this path and query; its URL."""
        self.items[target] = {"id": f"{self.url}{target}", "scoreMaximum": 100, "label": "one", **more}
        return f"{self.url}{target}"

    def posts(self) -> int:
        return sum(method == "POST" and "/scores" in target for method, target in self.asked)

    def of(self, item: str, sub: str) -> float | None:
        """The share of the points that somebody has."""
        kept = self.scores.get((item, sub))
        return None if kept is None or kept.given is None else kept.given / kept.most

    def token(self) -> str:
        with self.lock:
            self.tokens_given += 1
            token = f"token-{self.tokens_given}"
            self.tokens.add(token)
            return token

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """Status and JSON of a request of the grade services."""
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, None
        path, _, query = target.partition("?")
        if path == "/items":
            return self._list(query, headers) if method == "GET" else self._add(headers, json.loads(body))
        item = path.removesuffix("/scores") + (f"?{query}" if query else "")
        if method != "POST" or not path.endswith("/scores") or item not in self.items:
            return 404, None
        if headers.get("Content-Type") != SCORE_TYPE:
            return 415, None
        return self._take(item, json.loads(body)), None

    def _take(self, item: str, score: dict[str, Any]) -> int:
        sub, stamp = score["userId"], self.resolution(datetime.fromisoformat(score["timestamp"]))
        assert stamp.tzinfo is not None
        if sub in TEACHERS or not {"activityProgress", "gradingProgress"} <= score.keys():
            return 400
        if sub not in STUDENTS:
            return 404
        kept = self.scores.get((item, sub))
        if kept is not None and stamp <= kept.stamp:
            return 409
        clears = score["gradingProgress"] != "FullyGraded"
        given = None if clears else float(score["scoreGiven"])
        if given is not None and (given < 0 or score["scoreMaximum"] <= 0):
            return 400
        self.scores[item, sub] = Kept(given, score.get("scoreMaximum", 0), score.get("comment", ""), stamp)
        self.accepted.append((item, sub, score))
        return 200

    def _list(self, query: str, headers: Any) -> tuple[int, Any]:
        assert headers.get("Accept") == LINE_ITEMS_TYPE
        wanted = parse_qs(query).get("resource_link_id", [""])[0]
        return 200, [item for item in self.items.values() if item.get("resourceLinkId") == wanted]

    def _add(self, headers: Any, item: dict[str, Any]) -> tuple[int, Any]:
        if headers.get("Content-Type") != LINE_ITEM_TYPE:
            return 415, None
        if type(item["scoreMaximum"]) is not int or not item.get("resourceLinkId"):
            return 400, None
        target = f"/items/{len(self.items) + 1}/lineitem?type_id=7"
        self.add_item(target, **item)
        return 201, self.items[target]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    platform: AgsPlatform

    def _asked(self) -> None:
        platform = self.platform
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            scope = parse_qs(body.decode())["scope"][0]
            self._say(200, {"access_token": platform.token(), "expires_in": 3600, "scope": scope})
            return
        sub = json.loads(body).get("userId", "") if "/scores" in self.path else ""
        with platform.lock:
            platform.asked.append((self.command, self.path))
            fault = platform.faults.pop(0) if platform.faults else platform.always(self.command, self.path)
        with self._counted(sub):
            self._carry_out(fault, body)

    def _carry_out(self, fault: Fault | None, body: bytes) -> None:
        fault = fault or Fault()
        if fault.before:
            fault.before()
        if fault.closed or fault.status:
            self._close() if fault.closed else self._say(fault.status, None, fault.headers)
            return
        with self.platform.lock:
            status, told = self.platform.answer(self.command, self.path, self.headers, body)
        if fault.lost:
            self._close()
        else:
            self._say(status, told, cut=fault.half)

    @contextmanager
    def _counted(self, sub: str) -> Iterator[None]:
        platform, key = self.platform, f"{self.path} {sub}"
        with platform.lock:
            platform.under_way[key] += 1
            platform.most_under_way = max(platform.most_under_way, sum(platform.under_way.values()))
            if sub and platform.under_way[key] > 1:
                platform.twice_at_once.append(key)
        try:
            yield
        finally:
            with platform.lock:
                platform.under_way[key] -= 1

    def _say(self, status: int, told: Any, headers: dict[str, str] | None = None, cut: bool = False) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + (5 if cut else 0)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = self.close_connection or cut

    def _close(self) -> None:
        self.close_connection = True

    do_GET = do_POST = do_PUT = _asked  # noqa: N815

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def ags_platform() -> Iterator[AgsPlatform]:
    """A platform on a local port, with the line item /items/quiz?type_id=1."""
    platform = AgsPlatform()
    handler = type("Handler", (_Handler,), {"platform": platform})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    platform.url = f"http://127.0.0.1:{server.server_port}"
    platform.add_item("/items/quiz?type_id=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it does not come to hold"
        time.sleep(0.02)


def path_of(url: str) -> str:
    """Path and query."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
