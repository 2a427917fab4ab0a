"""The functions of Open edX that lti_consumer calls, for an LMS of one course."""

from types import SimpleNamespace

from django.contrib.auth import get_user_model
from lti_consumer.exceptions import LtiError
from lti_consumer.plugin import compat
from web.openedx.models import COURSE, Block, Person


def install() -> None:
    """Put the stubs in the places of the functions that would import the LMS."""
    for name in (
        "load_enough_xblock",
        "load_block_as_user",
        "get_user_from_external_user_id",
        "user_has_access",
        "user_course_access",
        "user_has_studio_write_access",
        "get_course_by_id",
        "batch_get_or_create_externalids",
        "get_course_members",
        "merge_course_forum_roles",
    ):
        assert hasattr(compat, name), f"lti_consumer no longer has compat.{name}"
        setattr(compat, name, globals()[name])


def load_enough_xblock(location):
    return Block.objects.get(name=location.block_id)


load_block_as_user = load_enough_xblock


def get_user_from_external_user_id(external_user_id):
    found = get_user_model().objects.filter(profile__external_id=external_user_id).first()
    if found is None:
        raise LtiError("Invalid User")
    return found


def user_has_access(user, _action, _block, _course_key):
    return user.is_authenticated


def user_course_access(_course, user, _action, **_checks):
    return user.is_authenticated


def user_has_studio_write_access(user, _course_key):
    return user.is_authenticated and user.profile.role in ("staff", "instructor")


def get_course_by_id(_course_key):
    return SimpleNamespace(id=COURSE, display_name_with_default="Vision 101", display_org_with_default="Vision")


def batch_get_or_create_externalids(users):
    return {user.id: SimpleNamespace(external_user_id=user.profile.external_id) for user in users}


def get_course_members(_course_key):
    return {person.user_id: _member(person) for person in Person.objects.select_related("user")}


def _member(person):
    user = person.user
    return {"id": user.id, "name": user.get_full_name(), "email": user.email, "roles": [person.role]}


def merge_course_forum_roles(_course_key, members):
    return members
