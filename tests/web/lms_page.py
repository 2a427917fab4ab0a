"""The tool as somebody sees it inside a page of the LMS, by a playwright browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web.campus import Campus


def _seen(page: Any) -> Iterator[str]:
    """What each frame of a page shows, as far as playwright knows of it."""
    for frame in page.frames:
        try:
            yield f"{frame.name} {frame.url}: {frame.evaluate('document.body.innerText')[:500]!r}"
        except Exception as error:
            yield f"{frame.name} {frame.url}: {error}"


@dataclass
class Frame:
    """Where the tool is shown: `inside` is a frame of `page`, or the page itself."""

    page: Any
    inside: Any

    def sees(self, words: str, seconds: float = 60) -> None:
        """Wait until these words are shown."""
        try:
            self.inside.get_by_text(words).first.wait_for(timeout=seconds * 1000)
        except Exception as error:
            error.add_note("\n".join(_seen(self.page)))
            raise

    def text(self, selector: str, seconds: float = 60) -> str:
        """The words of an element, once it is there."""
        found = self.inside.locator(selector).first
        found.wait_for(timeout=seconds * 1000)
        return " ".join(found.inner_text().split())

    def click(self, words: str) -> None:
        """Follow a link."""
        self.inside.get_by_role("link", name=words).first.click()

    def press(self, words: str) -> None:
        """Press a button."""
        self.inside.get_by_role("button", name=words, exact=True).click()

    def download(self, name: str) -> bytes:
        """What the link of this name has the browser save; not one of the tabs."""
        with self.page.expect_download() as saved:
            self.inside.locator("main a", has_text=name).first.click()
        return Path(saved.value.path()).read_bytes()

    def hand_in(self, name: str, content: bytes) -> None:
        """Choose a file and hand it in."""
        file = {"name": name, "mimeType": "text/x-python", "buffer": content}
        self.inside.locator("#file").set_input_files(file)
        self.press("Hand in")

    def answer_quiz(self) -> int:
        """Answer what takes one choice or one entry; how many questions that are."""
        given = 0
        self.inside.locator("section.question").first.wait_for()
        for question in self.inside.locator("section.question").all():
            choices, entries = question.locator("input[type=radio]"), question.locator("input[type=text]")
            if choices.count():
                choices.first.check()
            elif entries.count() == 1:
                entries.first.fill("3")
            else:
                continue
            given += 1
        return given


def open_block(context: Any, campus: Campus, username: str, block: str) -> Frame:
    """The page of the LMS that holds the tool, as somebody sees it who signs in for it."""
    page = context.new_page()
    page.goto(f"{campus.openedx.pages}/login/{username}")
    page.goto(f"{campus.openedx.pages}/course/{block}")
    return Frame(page, page.frame_locator("iframe[name=tool]"))
