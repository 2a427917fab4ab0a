"""The tables of the tool. A tenant is a platform (an LMS that registered); everything hangs below one."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from convclass.web.append_only import append_only

_Id = BigInteger().with_variant(Integer, "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, in UTC, also from a database that keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database. Raises ValueError for a time without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value}: a time without a zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _one_of(kind: type[StrEnum]) -> Enum:
    """A column that holds a value of `kind`, as text, so that adding one later needs no migration of a type."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda values: [value.value for value in values])


def now() -> datetime:
    """The time to write into a row."""
    return datetime.now(UTC)


class Role(StrEnum):
    """What somebody is in a course."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"


class Work(StrEnum):
    """What a link in the LMS opens."""

    ASSIGNMENT = "assignment"
    QUIZ = "quiz"


class State(StrEnum):
    """How far an attempt at an assignment is."""

    WAITING = "waiting"
    GRADING = "grading"
    GRADED = "graded"
    FAILED = "failed"
    """Our mistake; it is tried again and costs nothing."""


class Base(DeclarativeBase):
    """What all tables of the tool share."""

    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON, float: Double}


class Platform(Base):
    """An LMS that registered, by issuer and client id: a tenant."""

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(300))
    authorization_url: Mapped[str] = mapped_column(Text)
    token_url: Mapped[str] = mapped_column(Text)
    token_audience: Mapped[str] = mapped_column(Text, default="")
    jwks_url: Mapped[str] = mapped_column(Text)
    frame_origins: Mapped[list[str]] = mapped_column(default=list)
    """Further sites that show it in an iframe, as Content-Security-Policy writes them."""
    vouched: Mapped[bool] = mapped_column(default=True)
    """An administrator vouches for its URLs: they may lead into a private network."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    deployments: Mapped[list[Deployment]] = relationship(back_populates="platform")


class Deployment(Base):
    """A platform's deployment of the tool."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    deployment_id: Mapped[str] = mapped_column(String(300))
    platform: Mapped[Platform] = relationship(back_populates="deployments")


class Context(Base):
    """A course in the LMS."""

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("deployment_id", "lti_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id"))
    lti_id: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(Text, default="")
    memberships_url: Mapped[str] = mapped_column(Text, default="")
    roster_at: Mapped[datetime | None]
    """When the roster was last read from the platform."""
    deployment: Mapped[Deployment] = relationship()


class Link(Base):
    """A link in a course that opens one assignment or one quiz. What an instructor sets for it is here."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("context_id", "lti_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    lti_id: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(Text, default="")
    work: Mapped[Work] = mapped_column(_one_of(Work))
    assignment: Mapped[str] = mapped_column(String(200))
    points: Mapped[float | None]
    """What the LMS counts it as; None: as many as the assignment or quiz has itself."""
    due_at: Mapped[datetime | None]
    attempts_allowed: Mapped[int | None]
    lineitem_url: Mapped[str] = mapped_column(Text, default="")
    lineitems_url: Mapped[str] = mapped_column(Text, default="")
    lineitem_leased_until: Mapped[datetime | None]
    """While somebody asks the platform for a line item: until when nobody else does."""
    scopes: Mapped[list[str]] = mapped_column(default=list)
    """The scopes of the grade services that the platform grants."""
    context: Mapped[Context] = relationship()


class User(Base):
    """Somebody of a platform; `sub` is the platform's own id of them."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    sub: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")


class Membership(Base):
    """Somebody's role in a course, by the last launch or the roster."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("context_id", "user_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(_one_of(Role))
    active: Mapped[bool] = mapped_column(default=True)
    user: Mapped[User] = relationship()


class Login(Base):
    """A login that was begun: its state and nonce, each good for one launch."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_hash: Mapped[str] = mapped_column(String(64), unique=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    target: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The parameters that the platform began it with, so that it can be begun again in a window of its own."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class RegistrationLink(Base):
    """A link that lets one platform register itself, once."""

    __tablename__ = "registration_links"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issuer: Mapped[str] = mapped_column(Text, default="")
    """Whose it is; empty: that of any platform whose configuration is on its issuer's own host."""
    private: Mapped[bool] = mapped_column(default=False)
    """Whether the platform may be on a private network."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Visit(Base):
    """A launch that was accepted: who is there, in which role, at which link; known by a secret in a cookie.

    `link_id` is None for a visit that picks content (Deep Linking), whose request is kept in `picking`.
    """

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    ticket_hash: Mapped[str] = mapped_column(String(64), default="")
    """Of a ticket that opens the visit once, in a window of its own; empty when it was used."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id"))
    role: Mapped[Role] = mapped_column(_one_of(Role))
    return_url: Mapped[str] = mapped_column(Text, default="")
    picking: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship()
    context: Mapped[Context] = relationship()
    link: Mapped[Link | None] = relationship()


class ToolKey(Base):
    """A key pair of the tool; the newest signs, retired ones stay in the key set for a while."""

    __tablename__ = "tool_keys"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class Attempt(Base):
    """A file that a student handed in at a link, and what it came to.

    `result` is the whole SubmissionResult as `convclass.gradebook.codec` writes it; empty until it is graded. While it
    is graded again, the last result stays and counts.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("link_id", "user_id", "number"),
        Index("attempts_by_state", "state", "queued_at"),
        Index("attempts_to_grade_again", "again_at"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    filename: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    handed_in_at: Mapped[datetime] = mapped_column(default=now)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    """Its place in the queue: see queue.py."""
    state: Mapped[State] = mapped_column(_one_of(State), default=State.WAITING)
    leased_until: Mapped[datetime | None]
    """While it is graded: when its grader is given up on, and another one takes it."""
    lease: Mapped[str] = mapped_column(String(64), default="")
    tries: Mapped[int] = mapped_column(default=0)
    again_at: Mapped[datetime | None]
    """When it is graded again without being asked, because a mistake of ours kept (a part of) it from being judged."""
    graded_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The last column, as SQLite reads a row from its start, and lists of attempts are read without their files."""
    user: Mapped[User] = relationship()
    link: Mapped[Link] = relationship()


class QuizAttempt(Base):
    """A quiz that a student began: their own variant, what they answered so far, what it came to.

    `answers` is as `convclass.quiz.scoring` has them, by question id; `saves` counts the savings, so that an older
    one that arrives late does not overwrite a newer one.
    """

    __tablename__ = "quiz_attempts"
    __table_args__ = (UniqueConstraint("link_id", "user_id", "number"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    variant: Mapped[str] = mapped_column(String(200))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saves: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    saved_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    earned: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Once it is handed in: for each question by name its title, the points it got, and those it could get."""
    user: Mapped[User] = relationship()
    link: Mapped[Link] = relationship()


class Override(Base):
    """A score that an instructor gave instead of the computed one; the newest counts, `score` None takes it back."""

    __tablename__ = "overrides"
    __table_args__ = (Index("overrides_by_student", "link_id", "user_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    """What the score was out of when it was given: a student without an attempt has no maximum of their own."""
    reason: Mapped[str] = mapped_column(Text)
    by_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Extension(Base):
    """A later due date, or more attempts, for one student; the newest counts."""

    __tablename__ = "extensions"
    __table_args__ = (Index("extensions_by_student", "link_id", "user_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None]
    more_attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text)
    by_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Exclusion(Base):
    """A question that does not count at a link, for everybody."""

    __tablename__ = "exclusions"
    __table_args__ = (UniqueConstraint("link_id", "question"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    question: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(Text, default="")
    """What the question is called, where students do not know it by its name."""
    reason: Mapped[str] = mapped_column(Text)
    by_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Score(Base):
    """The outbox: the newest score of a student at a link, and how far the platform knows it.

    `version` grows with every change; what was sent is `sent_version`. `stamp` is the timestamp of the newest version:
    it never goes back, and no two versions share one. `score` and `max_score` are as the platform counts them; `score`
    None is none, such as after an override that was taken back; `max_score` 0 is one that nobody knows yet.
    """

    __tablename__ = "scores"
    __table_args__ = (UniqueConstraint("link_id", "user_id"), Index("scores_by_time", "settled", "next_try_at"))

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=0)
    sent_version: Mapped[int] = mapped_column(default=0)
    settled: Mapped[bool] = mapped_column(default=False)
    """Sent, or refused for good: nothing to do until the next change."""
    score: Mapped[float | None]
    max_score: Mapped[float]
    comment: Mapped[str] = mapped_column(Text, default="")
    complete: Mapped[bool] = mapped_column(default=True)
    stamp: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=now)
    lease: Mapped[str] = mapped_column(String(64), default="")
    leased_until: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the platform does not have it yet, or refused it, in words for an instructor."""
    sent_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()
    link: Mapped[Link] = relationship()


class AuditEntry(Base):
    """What an instructor changed. Rows are only ever added; each carries the hash of the one before."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    by_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(60))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Unique, so that the database itself refuses a second entry that follows the same one."""
    hash: Mapped[str] = mapped_column(String(64), unique=True)


append_only(AuditEntry.metadata.tables[AuditEntry.__tablename__])
