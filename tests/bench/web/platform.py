"""The LMS of the load bench: it signs launches, gives tokens, takes scores, and counts what it got."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import RSAAlgorithm

KEY_ID = "bench"


@dataclass
class Platform:
    """A running platform; `scores` holds for each user the newest score, and when it came."""

    server: ThreadingHTTPServer
    private_pem: str
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()


def start() -> Platform:
    """A platform on a free port of the loopback device."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    platform = Platform(server, pem)
    handler: Any = server.RequestHandlerClass
    handler.platform, handler.keys = platform, {"keys": [public]}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return platform


class _Handler(BaseHTTPRequestHandler):
    platform: ClassVar[Platform]
    keys: ClassVar[dict[str, Any]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, self.keys if self.path == "/jwks" else {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            self._answer(200, {"access_token": "token", "token_type": "bearer", "expires_in": 3600})
        elif self.path == "/items/1/scores" and "score+json" in self.headers.get("Content-Type", ""):
            score = json.loads(body)
            self.platform.scores[score["userId"]] = (score["scoreGiven"] / score["scoreMaximum"], time.time())
            self._answer(204, None)
        else:
            self.platform.refused.append(self.path)
            self._answer(400, {})

    def _answer(self, code: int, content: Any) -> None:
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
