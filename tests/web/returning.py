"""What tests of grade return start from: a world whose quiz link returns grades to a platform on this machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from web.ags_platform import AgsPlatform
from web.conftest import URL, World

from convclass.web import keys, scores
from convclass.web.ags import SCORE_SCOPE
from convclass.web.models import Link, Override, Platform, QuizAttempt, Score, ToolKey, now
from convclass.web.returner import Returner
from convclass.web.services import Services
from convclass.web.settings import Settings

ITEM = "/items/quiz?type_id=1"
MOST = 10.0
_KEY = keys._make()


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **time: float) -> None:
        self.at += timedelta(**time)


def connect(world: World, platform: AgsPlatform, **link: object) -> None:
    """Have the world's platform be this one, and its quiz link return grades to it."""
    with world.database.writing() as session:
        row = session.get_one(Platform, world.platform)
        row.issuer, row.authorization_url = platform.url, f"{platform.url}/auth"
        row.token_url, row.jwks_url = f"{platform.url}/token", f"{platform.url}/jwks"
        quiz = session.get_one(Link, world.quiz)
        quiz.lineitem_url, quiz.scopes = f"{platform.url}{ITEM}", [SCORE_SCOPE]
        for name, value in link.items():
            setattr(quiz, name, value)
        if session.scalar(select(ToolKey)) is None:
            session.add(ToolKey(kid=_KEY.kid, private_pem=_KEY.private_pem))


def give(world: World, user: int, score: float | None, at: datetime | None = None, link: int | None = None) -> None:
    """Set somebody's score at the quiz, of 10 points; None takes back what was set."""
    link = link or world.quiz
    with world.database.writing() as session:
        session.add(Override(link_id=link, user_id=user, score=score, reason="a test", by_user_id=world.instructor))
        session.flush()
        scores.update(session, session.get_one(Link, link), user, at=at)


def begin_quiz(world: World, user: int, score: float = 0.0) -> None:
    """Hand a quiz in, so that its maximum is known; nothing is sent yet."""
    with world.database.writing() as session:
        about = {"link_id": world.quiz, "user_id": user, "number": 1, "variant": "a", "handed_in_at": now()}
        session.add(QuizAttempt(**about, score=score, max_score=MOST))


def row(world: World, user: int, link: int | None = None) -> Score:
    """The outbox's row of somebody."""
    with world.database.reading() as session:
        mine = select(Score).where(Score.link_id == (link or world.quiz), Score.user_id == user)
        return session.scalars(mine).one()


def returner(world: World, clock: Clock, **more: object) -> Returner:
    """A returner as `convclass serve` runs one, with another clock."""
    services = Services(world.database, Settings(None, "", URL))
    return Returner(world.database, services, clock, **more)


def settle(sender: Returner, clock: Clock, world: World, hours: float = 3.0) -> None:
    """Let time pass until nothing is to be sent."""
    limit, step = clock.at + timedelta(hours=hours), timedelta(seconds=0.5)
    while clock.at < limit:
        sender.drain()
        with world.database.reading() as session:
            due = session.scalar(select(Score.next_try_at).where(Score.settled.is_(False)).order_by(Score.next_try_at))
        if due is None:
            return
        clock.at, step = max(due, clock.at + step), min(2 * step, timedelta(minutes=5))
    raise AssertionError("it is never settled")
