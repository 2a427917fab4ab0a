"""A browser that runs no scripts: it keeps cookies, follows links and redirects, and fills in forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests
from lxml import html


@dataclass
class Page:
    """What was answered, as it would be shown."""

    answer: requests.Response

    @property
    def url(self) -> str:
        return self.answer.url

    @property
    def tree(self) -> html.HtmlElement:
        return html.document_fromstring(self.answer.text, base_url=self.url)

    @property
    def text(self) -> str:
        return " ".join(self.tree.body.text_content().split())

    def link(self, words: str) -> str:
        """The absolute address of the one link that says `words`, or whose address ends with it."""
        tree = self.tree
        tree.make_links_absolute(self.url)
        found = {
            a.get("href") for a in tree.iter("a") if words in a.text_content() or a.get("href", "").endswith(words)
        }
        assert len(found) == 1, f"{len(found)} links {words!r} in {self.url}: {self.text[:500]}"
        return found.pop()

    def form(self, *names: str) -> html.FormElement:
        """The one form that has fields of all these names."""
        tree = self.tree
        tree.make_links_absolute(self.url)
        found = [form for form in tree.forms if set(names) <= set(form.fields)]
        assert len(found) == 1, f"{len(found)} forms with {names} in {self.url}: {self.text[:500]}"
        return found[0]


@dataclass
class Visitor:
    """Somebody at a browser."""

    session: requests.Session = field(default_factory=requests.Session)

    def get(self, url: str, status: int = 200, **options: Any) -> Page:
        return self._shown(self.session.get(url, timeout=60, **options), status)

    def submit(self, form: html.FormElement, files: Any = None, status: int = 200, **values: Any) -> Page:
        """Send a form as it is filled in, but for `values`."""
        filled = [(name, value) for name, value in form.form_values() if name not in values]
        for name, value in values.items():
            filled += [(name, one) for one in (value if isinstance(value, list) else [value])]
        action = form.action or form.base_url
        headers = {"Origin": "/".join(action.split("/")[:3])}
        if form.method == "GET":
            return self.get(action, status, params=filled)
        answer = self.session.post(action, data=filled, files=files, headers=headers, timeout=60)
        return self._shown(answer, status)

    def launch(self, url: str, status: int = 200) -> Page:
        """Open a page of a platform that leads to the tool: redirects, then a form that submits itself."""
        page = self.get(url)
        return self.submit(page.form("id_token", "state"), status=status)

    @staticmethod
    def _shown(answer: requests.Response, status: int) -> Page:
        assert answer.status_code == status, f"{answer.status_code} from {answer.url}: {answer.text[:2000]}"
        return Page(answer)
