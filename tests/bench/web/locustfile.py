"""One student of the load bench, for locust: launches the assignment, hands in, looks until it is graded.

Run by `python -m bench.web`, which says in the environment where everything is.
"""

from __future__ import annotations

import io
import itertools
import os
import random
import re
import time
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import gevent
import jwt
from locust import FastHttpUser, task

PLATFORM, KEY = os.environ["BENCH_PLATFORM"], Path(os.environ["BENCH_KEY"]).read_text()
ASSIGNMENT, LEVEL = os.environ["BENCH_ASSIGNMENT"], "https://purl.imsglobal.org/spec/lti"
SOURCES = sorted(Path(os.environ["BENCH_SOURCES"]).glob("*.py"))
STUDENTS = int(os.environ["BENCH_STUDENTS"])
MODULE = f"{ASSIGNMENT.partition('_')[2]}.py"
NUMBERS, ENDED = itertools.count(), itertools.count(1)
PATIENCE = 150


class Student(FastHttpUser):
    """Somebody who opens the assignment shortly before the end and hands in once."""

    def on_start(self) -> None:
        self.number = next(NUMBERS)
        gevent.sleep(random.random())  # locust starts those of a second all at once; people do not come so

    @task
    def hand_in(self) -> None:
        page = self._launched()
        form = next(form for form in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL) if 'type="file"' in form)
        source = SOURCES[self.number % len(SOURCES)]
        content = source.read_bytes() + f"\n# student {self.number}\n".encode()
        answer = self.client.post(
            urljoin(self.host, re.search(r'action="([^"]+)"', form)[1]),
            data={"csrf": re.search(r'name="csrf" value="([^"]+)"', form)[1]},
            files={re.search(r'<input[^>]*type="file"[^>]*name="([^"]+)"', form)[1]: (MODULE, io.BytesIO(content))},
            allow_redirects=False,
            name="hand in",
        )
        attempt = self._next(answer)
        self.client.get(attempt, name="attempt")
        self._wait(attempt)
        if next(ENDED) == STUDENTS:
            gevent.spawn(self.environment.runner.quit)
        gevent.sleep(3600)  # whoever ends is replaced by another one

    def _launched(self) -> str:
        """The assignment's page, after login and launch as a browser does them."""
        target = f"{self.host}/lti/launch?assignment={ASSIGNMENT}"
        asked = {"iss": PLATFORM, "client_id": "bench", "login_hint": "x", "target_link_uri": target}
        asked["lti_deployment_id"] = "1"
        login = self.client.get(f"/lti/login?{urlencode(asked)}", allow_redirects=False, name="login")
        given = {name: values[0] for name, values in parse_qs(urlsplit(login.headers["Location"]).query).items()}
        token = jwt.encode(self._claims(given["nonce"], target), KEY, "RS256", headers={"kid": "bench"})
        launch = {"id_token": token, "state": given["state"]}
        answer = self.client.post("/lti/launch", data=launch, allow_redirects=False, name="launch")
        answer = self.client.get(self._next(answer), allow_redirects=False, name="enter")
        return self.client.get(self._next(answer), name="page").text

    def _next(self, answer) -> str:
        return urljoin(self.host, answer.headers["Location"])

    def _claims(self, nonce: str, target: str) -> dict:
        now = int(time.time())
        return {
            "iss": PLATFORM, "aud": "bench", "sub": f"student-{self.number}", "nonce": nonce, "iat": now,
            "exp": now + 300, "name": f"Student {self.number}", "jti": uuid.uuid4().hex,
            f"{LEVEL}/claim/message_type": "LtiResourceLinkRequest",
            f"{LEVEL}/claim/version": "1.3.0",
            f"{LEVEL}/claim/deployment_id": "1",
            f"{LEVEL}/claim/target_link_uri": target,
            f"{LEVEL}/claim/resource_link": {"id": "link", "title": "Homework"},
            f"{LEVEL}/claim/context": {"id": "course", "title": "Vision 101"},
            f"{LEVEL}/claim/roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            f"{LEVEL}-ags/claim/endpoint": {
                "scope": [f"{LEVEL}-ags/scope/score", f"{LEVEL}-ags/scope/lineitem"],
                "lineitem": f"{PLATFORM}/items/1",
            },
        }  # fmt: skip

    def _wait(self, url: str) -> None:
        """Look at the attempt's page every three seconds, as its script does, until its state is final."""
        end = time.time() + PATIENCE
        while time.time() < end:
            time.sleep(3)
            with self.client.get(urljoin(url, "progress"), name="progress", catch_response=True) as answer:
                if answer.ok and answer.json().get("state") in ("graded", "failed"):
                    return
