"""What the tool is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How one installation of the tool runs.

    url: where browsers and platforms reach it, such as https://convclass.example.edu, without a slash at the end.
    database: a path to an SQLite file, or a database URL.
    """

    course: Path
    database: str
    url: str
    jobs: int = 1
    device: str = "cpu"
    min_isolation: str | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https; without, cookies in an iframe of another site do not work."""
        return self.url.startswith("https://")
