"""A tool over the tiny course, with a platform, a course, links and people in its database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tinycourse import write_tiny_course

from convclass.web.app import create_app
from convclass.web.database import Database
from convclass.web.models import Context, Deployment, Link, Membership, Platform, Role, User, Work
from convclass.web.settings import Settings
from convclass.web.visit import cookie_name, csrf_token, open_visit

URL = "https://tool.test"


@dataclass
class World:
    """One platform with one course, its links and its people; ids of rows."""

    database: Database
    platform: int
    context: int
    assignment: int
    quiz: int
    students: list[int]
    instructor: int


@dataclass
class SignedIn:
    """A browser that holds a visit's cookie."""

    client: FlaskClient
    public_id: str
    csrf: str

    def get(self, path: str, **options):
        return self.client.get(f"/v/{self.public_id}/{path}", base_url=URL, **options)

    def post(self, path: str, data=None, **options):
        data = {"csrf": self.csrf} | (data or {})
        return self.client.post(f"/v/{self.public_id}/{path}", base_url=URL, data=data, **options)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    course = write_tiny_course(tmp_path / "course")
    return Settings(course, str(tmp_path / "tool.db"), URL)


@pytest.fixture
def database(settings: Settings) -> Database:
    database = Database(settings.database)
    yield database
    database.close()


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = create_app(settings, database)
    app.testing = True
    return app


def people(database: Database, name: str = "LMS", students: int = 3, assignment: str = "06_scaling") -> World:
    """A platform called `name`, with a course of its own."""
    with database.writing() as session:
        host = f"https://{name.lower()}.test"
        platform = Platform(
            name=name,
            issuer=host,
            client_id="client",
            authorization_url=f"{host}/auth",
            token_url=f"{host}/token",
            jwks_url=f"{host}/jwks",
        )
        deployment = Deployment(deployment_id="1", platform=platform)
        context = Context(deployment=deployment, lti_id="course", title="Vision 101")
        links = [
            Link(
                context=context,
                lti_id=work.value,
                title=f"The {work}",
                work=work,
                assignment=assignment,
                lineitem_url=f"{host}/items/{work}?type_id=1",
                scopes=["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            )
            for work in (Work.ASSIGNMENT, Work.QUIZ)
        ]
        session.add_all([platform, deployment, context, *links])
        session.flush()
        users = [
            User(platform_id=platform.id, sub=f"s{i}", name=f"Student {i}", email=f"s{i}@example.edu")
            for i in range(students)
        ]
        teacher = User(platform_id=platform.id, sub="t", name="Teacher T", email="t@example.edu")
        session.add_all([*users, teacher])
        session.flush()
        for user, role in [*((user, Role.STUDENT) for user in users), (teacher, Role.INSTRUCTOR)]:
            session.add(Membership(context_id=context.id, user_id=user.id, role=role))
        return World(
            database, platform.id, context.id, links[0].id, links[1].id, [user.id for user in users], teacher.id
        )


@pytest.fixture
def world(database: Database) -> World:
    return people(database)


@pytest.fixture
def sign_in(app: Flask, world: World):
    """A function that gives a browser in which somebody has launched a link."""

    def signed_in(user: int, link: int | None, role: Role = Role.STUDENT, world: World = world, **kept) -> SignedIn:
        with world.database.writing() as session:
            opened = open_visit(session, user_id=user, context_id=world.context, link_id=link, role=role, **kept)
            public_id, csrf = opened.visit.public_id, csrf_token(opened.visit)
        client = app.test_client()
        client.set_cookie(cookie_name(public_id, True), opened.secret, domain="tool.test", secure=True, path="/")
        return SignedIn(client, public_id, csrf)

    return signed_in
