"""An LMS for tests: keys, tokens, services on a local port. It says what it is told to say, right or wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


@dataclass
class Asked:
    """A request that the platform got."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Answer:
    """What the platform says; `body` is sent as JSON unless it is bytes."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(private, kid: str, **more) -> dict[str, Any]:
    return json.loads(RSAAlgorithm.to_jwk(private.public_key())) | {"kid": kid, "alg": "RS256", "use": "sig"} | more


class FakePlatform:
    """Answers by path; `asked` is everything it was asked, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys = {"k1": key()}
        self.extra_jwks: list[dict[str, Any]] = []
        self.asked: list[Asked] = []
        self.tokens = 0
        self.answers: dict[str, Callable[[Asked], Answer]] = {"/jwks": self._jwks, "/token": self._token}

    def sign(self, claims: dict[str, Any], kid: str = "k1", **options) -> str:
        return jwt.encode(claims, self.keys[kid], **({"algorithm": "RS256", "headers": {"kid": kid}} | options))

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def _jwks(self, _asked: Asked) -> Answer:
        return Answer({"keys": [*self.extra_jwks, *(public_jwk(private, kid) for kid, private in self.keys.items())]})

    def _token(self, asked: Asked) -> Answer:
        self.tokens += 1
        token = {"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
        return Answer(token | {"scope": asked.form["scope"]})


@contextmanager
def serving() -> Iterator[FakePlatform]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, parts.path, query, dict(self.headers), body)
            platform.asked.append(asked)
            answer = platform.answers.get(parts.path, lambda _: Answer(status=404))(asked)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform = FakePlatform(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def soon(seconds: float = 0) -> int:
    return int(time.time() + seconds)
