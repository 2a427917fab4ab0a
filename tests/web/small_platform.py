"""A platform of our own, for what Open edX does not do: the LTI storage messages, and hundreds of launches a minute."""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, abort, redirect, render_template_string, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import make_server

CLAIM = "https://purl.imsglobal.org/spec/lti/claim"
AGS = "https://purl.imsglobal.org/spec/lti-ags"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
CLIENT = "convclass"
COURSE = "course"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"

LAUNCH_PAGE = """<!DOCTYPE html><title>Launch</title>
<form method="post" action="{{ to }}">
<input type="hidden" name="state" value="{{ state }}"><input type="hidden" name="id_token" value="{{ token }}"></form>
<script>document.forms[0].submit()</script>"""

# What the tool stores is kept by its origin, as the specification asks.
COURSE_PAGE = """<!DOCTYPE html><title>Course</title><h1>Course</h1>
<iframe name="tool" src="{{ begin }}" width="100%" height="700"></iframe>
{% if frame != "_parent" %}<iframe name="{{ frame }}" src="/storage" hidden></iframe>
{% else %}<script>{{ storage|safe }}</script>{% endif %}"""
STORAGE = """
const kept = new Map(); window.asked = [];
addEventListener('message', event => {
  const told = event.data || {}, key = event.origin + ' ' + told.key;
  window.asked.push(told.subject);
  if (told.subject === 'lti.put_data') kept.set(key, told.value);
  if (!['lti.put_data', 'lti.get_data', 'lti.capabilities'].includes(told.subject)) return;
  const answer = {subject: told.subject + '.response', message_id: told.message_id};
  if (told.subject === 'lti.capabilities')
    answer.supported_messages = [{subject: 'lti.put_data'}, {subject: 'lti.get_data'}];
  else Object.assign(answer, {key: told.key, value: kept.get(key)});
  event.source.postMessage(answer, event.origin);
});"""


@dataclass
class SmallPlatform:
    """One course with one link of each name that is asked for.

    tool: where browsers reach the tool. pages: where they reach this platform. custom: the launch's own parameters.
    """

    tool: str
    pages: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    points: float | None = None
    url: str = ""
    scores: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    launches: int = 0

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.tokens: set[str] = set()
        self.lock = threading.Lock()

    @contextmanager
    def serving(self, port: int = 0):
        """Answer requests while the block lasts; `url` is where."""
        server = make_server("127.0.0.1", port, _app(self), threaded=True)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def registration(self) -> dict[str, str]:
        """What the tool has to be told, by the names of its table."""
        return {
            "issuer": self.url,
            "client_id": CLIENT,
            "authorization_url": f"{self.pages or self.url}/auth",
            "token_url": f"{self.url}/token",
            "jwks_url": f"{self.url}/jwks",
        }

    def login_parameters(self, user: str, link: str, role: str = "Learner", **more: str) -> dict[str, str]:
        """With these a launch begins at the tool's login URL."""
        hint = json.dumps({"user": user, "link": link, "role": role})
        said = {"iss": self.url, "client_id": CLIENT, "lti_deployment_id": "1", "login_hint": user}
        return said | {"target_link_uri": f"{self.tool}/lti/launch", "lti_message_hint": hint} | more

    def id_token(self, hint: str, nonce: str) -> str:
        """The signed launch that `hint` speaks of."""
        asked, now = json.loads(hint), int(time.time())
        claims: dict[str, Any] = {"iss": self.url, "aud": CLIENT, "sub": asked["user"], "nonce": nonce}
        claims |= {"iat": now, "exp": now + 600, "name": f"Student {asked['user']}", "email": "s@example.edu"}
        scopes = [f"{AGS}/scope/score", f"{AGS}/scope/lineitem.readonly"]
        items = f"{self.url}/items"
        claims |= {
            f"{CLAIM}/message_type": "LtiResourceLinkRequest",
            f"{CLAIM}/version": "1.3.0",
            f"{CLAIM}/deployment_id": "1",
            f"{CLAIM}/target_link_uri": f"{self.tool}/lti/launch",
            f"{CLAIM}/resource_link": {"id": asked["link"], "title": asked["link"]},
            f"{CLAIM}/roles": [f"{ROLE}#{asked['role']}"],
            f"{CLAIM}/context": {"id": COURSE, "title": "Vision 101"},
            f"{CLAIM}/custom": self.custom,
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": scopes,
                "lineitems": items,
                "lineitem": f"{items}/{asked['link']}?type_id=1",
            },
        }
        return jwt.encode(claims, self.key, "RS256", {"kid": "platform"})

    def take(self, link: str, score: dict[str, Any]) -> int:
        """Keep a score, unless it is older than the last one of its student; the HTTP status."""
        with self.lock:
            taken = self.scores.setdefault((link, score["userId"]), [])
            if taken and datetime.fromisoformat(score["timestamp"]) <= datetime.fromisoformat(taken[-1]["timestamp"]):
                self.refused.append(f"{score['userId']}: {score['timestamp']} after {taken[-1]['timestamp']}")
                return 409
            taken.append(score)
            return 200


def _app(platform: SmallPlatform) -> Flask:
    app = Flask("small_platform")

    @app.get("/jwks")
    def jwks() -> dict:
        public = json.loads(RSAAlgorithm.to_jwk(platform.key.public_key()))
        return {"keys": [public | {"kid": "platform", "alg": "RS256", "use": "sig"}]}

    @app.route("/auth", methods=["GET", "POST"])
    def auth() -> str:
        asked = request.values
        assert asked["redirect_uri"].startswith(platform.tool) and asked["response_mode"] == "form_post"
        platform.launches += 1
        token = platform.id_token(asked["lti_message_hint"], asked["nonce"])
        return render_template_string(LAUNCH_PAGE, to=asked["redirect_uri"], state=asked["state"], token=token)

    @app.post("/token")
    def token() -> dict:
        assert request.form["grant_type"] == "client_credentials" and request.form["client_assertion"]
        made = secrets.token_urlsafe()
        platform.tokens.add(made)
        return {"access_token": made, "token_type": "Bearer", "expires_in": 3600, "scope": request.form["scope"]}

    @app.post("/items/<link>/scores")
    def scores(link: str) -> Response:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in platform.tokens:
            abort(401)
        if request.mimetype != SCORE_TYPE or request.query_string != b"type_id=1":
            abort(415)
        return Response(status=platform.take(link, json.loads(request.data)))

    @app.get("/course/<link>/<user>")
    def course(link: str, user: str) -> str:
        frame = request.args.get("storage", "")
        more = {"lti_storage_target": frame} if frame else {}
        begin = f"/begin?{urlencode(platform.login_parameters(user, link, **more))}"
        shown = "_parent" if frame in ("", "_parent") else frame
        return render_template_string(COURSE_PAGE, begin=begin, frame=shown, storage=STORAGE if frame else "")

    @app.get("/begin")
    def begin() -> Any:
        return redirect(f"{platform.tool}/lti/login?{request.query_string.decode()}")

    @app.get("/storage")
    def storage() -> str:
        return f"<script>{STORAGE}</script>"

    return app
