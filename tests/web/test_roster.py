"""The roster: pages, roles, who has left."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from web.fake_platform import Answer, serving
from web.lms import INSTRUCTOR, LEARNER

from convclass.web import roster
from convclass.web.models import Context, Membership, Platform, Role, User
from convclass.web.services import Services, ServiceUnavailable


@pytest.fixture
def fake():
    with serving() as fake:
        yield fake


@pytest.fixture
def services(app, world, fake, settings):
    with world.database.writing() as session:
        urls = {"token_url": f"{fake.url}/token", "jwks_url": f"{fake.url}/jwks"}
        session.execute(update(Platform).where(Platform.id == world.platform).values(**urls))
        session.execute(
            update(Context).where(Context.id == world.context).values(memberships_url=f"{fake.url}/Members?Course=A")
        )
    return Services(world.database, settings)


def member(sub, roles=LEARNER, **more):
    return {"user_id": sub, "roles": roles, "status": "Active", "name": f"Name {sub}", "email": f"{sub}@x.test"} | more


def pages(fake, *lists):
    """The roster in pages; the address of each has a word whose case matters."""

    def page(asked):
        number = int(asked.query.get("page", "0"))
        assert asked.query.get("Course") == "A"
        link = f'<{fake.url}/Members?Course=A&page={number + 1}&Bookmark=AbC>; rel="next"'
        headers = {"Link": link} if number + 1 < len(lists) else {}
        assert asked.headers["Accept"] == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
        return Answer({"id": "x", "members": lists[number]}, headers=headers)

    fake.answers["/Members"] = page


def here(world):
    with world.database.reading() as session:
        rows = session.scalars(select(Membership).where(Membership.context_id == world.context))
        return {row.user.sub: (row.role, row.active, row.user.name) for row in rows}


def test_all_pages_are_read(services, world, fake):
    pages(
        fake,
        [member("s0"), member("new"), member("t", INSTRUCTOR)],
        [member("s1", status="Inactive"), member("s2", INSTRUCTOR, name=None, given_name="Grace", family_name="H")],
        [member("parent", ["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"]), {"roles": LEARNER}, "x"],
    )
    assert roster.read(services, world.database, world.context) == 4
    assert here(world) == {
        "s0": (Role.STUDENT, True, "Name s0"),
        "s1": (Role.STUDENT, False, "Name s1"),
        "s2": (Role.INSTRUCTOR, True, "Grace H"),
        "t": (Role.INSTRUCTOR, True, "Name t"),
        "new": (Role.STUDENT, True, "Name new"),
    }
    with world.database.reading() as session:
        assert session.get_one(Context, world.context).roster_at is not None


def test_who_is_gone_is_inactive_and_comes_back(services, world, fake):
    pages(fake, [member("s0"), member("s1", status="Deleted")])
    roster.read(services, world.database, world.context)
    assert {sub: active for sub, (_, active, _) in here(world).items()} == {
        "s0": True,
        "s1": False,
        "s2": False,
        "t": False,
    }
    pages(fake, [member("s1"), member("s2", name="", email="")])
    roster.read(services, world.database, world.context)
    assert here(world)["s1"][1] and here(world)["s2"] == (Role.STUDENT, True, "Student 2")


def test_other_courses_and_tenants_are_left_alone(services, world, fake, database):
    from web.conftest import people

    other = people(database, "Other")
    before = here(other)
    pages(fake, [member("s0", name="Renamed")])
    roster.read(services, world.database, world.context)
    assert here(other) == before
    with database.reading() as session:
        names = session.scalars(select(User.name).where(User.sub == "s0").order_by(User.platform_id)).all()
    assert names == ["Renamed", "Student 0"]


@pytest.mark.parametrize(
    "broken", [Answer(status=500), Answer(b"<html>"), Answer({"members": "all"}), Answer([]), Answer({})]
)
def test_half_a_roster_is_none(services, world, fake, broken):
    before = here(world)
    pages(fake, [member("new")], [])
    whole = fake.answers["/Members"]
    fake.answers["/Members"] = lambda asked: broken if "page" in asked.query else whole(asked)
    with pytest.raises(ServiceUnavailable):
        roster.read(services, world.database, world.context)
    assert here(world) == before


def test_the_instructors_page_reads_it(services, world, fake, sign_in):
    pages(fake, [member("s0", name="By the roster")])
    teacher = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    answer = teacher.post("roster/")
    assert answer.status_code == 303 and answer.location.endswith("/class/")
    assert here(world)["s0"][2] == "By the roster"
    assert sign_in(world.students[0], world.assignment).post("roster/").status_code == 403
    teacher.csrf = "x"
    assert teacher.post("roster/").status_code == 403
    assert fake.count("/Members") == 1


def test_the_page_says_why_it_could_not_be_read(services, world, fake, sign_in):
    teacher = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    fake.answers["/Members"] = lambda _: Answer(status=503)
    answer = teacher.post("roster/")
    assert answer.status_code == 502 and "answers 503" in answer.text
    with world.database.writing() as session:
        session.execute(update(Context).values(memberships_url=""))
    assert "offers this course no roster" in teacher.post("roster/").text
