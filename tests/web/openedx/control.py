"""How a test sets the LMS up and looks into it, over HTTP with JSON."""

import json

from django.contrib.auth import get_user_model
from django.forms.models import model_to_dict
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from lti_consumer.api import get_lti_1p3_launch_info
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import (
    CourseAllowPIISharingInLTIFlag,
    Lti1p3Passport,
    LtiAgsLineItem,
    LtiConfiguration,
    LtiDlContentItem,
)
from lti_consumer.utils import get_lms_lti_launch_link, get_lti_api_base
from web.openedx.models import COURSE, Block, Call, Failure, Grade, Person


@csrf_exempt
@require_POST
def add_block(request: HttpRequest) -> JsonResponse:
    """A block that opens a tool, with a registration of its own or (`like`) that of an earlier block."""
    given = json.loads(request.body)
    CourseAllowPIISharingInLTIFlag.objects.get_or_create(course_id=COURSE, enabled=True)
    title, points, custom = given["title"], given["points"], given["custom"]
    block = Block.objects.create(name=given["name"], display_name=title, weight=points, custom=custom)
    passport = _passport_of(given["like"]) if given["like"] else Lti1p3Passport.objects.create(name=block.name)
    config = LtiConfiguration(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        location=block.location,
        lti_1p3_passport=passport,
        lti_advantage_ags_mode=given["grades"],
        lti_advantage_enable_nrps=True,
        lti_advantage_deep_linking_enabled=True,
    )
    _set_tool(config, given["tool"])
    config.save()
    return JsonResponse(_registration(config))


@csrf_exempt
@require_POST
def add_person(request: HttpRequest) -> JsonResponse:
    """Somebody in the course; answered with the id that tools know them by."""
    given = json.loads(request.body)
    first, _, last = given["name"].rpartition(" ")
    user = get_user_model().objects.create_user(given["username"], given["email"], first_name=first, last_name=last)
    return JsonResponse({"external_id": str(Person.objects.create(user=user, role=given["role"]).external_id)})


@csrf_exempt
@require_POST
def new_key(request: HttpRequest) -> JsonResponse:
    """Give a block's registration another key of the platform: launches have a new one, old tokens no longer hold."""
    passport = _passport_of(json.loads(request.body)["name"])
    passport.lti_1p3_internal_private_key = ""
    passport.save()
    return JsonResponse(passport.lti_1p3_public_jwk)


@csrf_exempt
@require_POST
def add_failure(request: HttpRequest) -> JsonResponse:
    """From now on so many requests to this path fail; `left` 0 ends an earlier one."""
    given = json.loads(request.body)
    Failure.objects.filter(path=given["path"], method=given["method"]).delete()
    Failure.objects.create(**given)
    return JsonResponse({})


def state(_request: HttpRequest) -> JsonResponse:
    """Everything that the platform has come to know."""
    return JsonResponse(
        {
            "blocks": [{"name": one.location.block_id, "config": one.id} for one in LtiConfiguration.objects.all()],
            "people": [{"username": one.user.username, "external_id": one.external_id} for one in Person.objects.all()],
            "items": [_item(item) for item in LtiAgsLineItem.objects.order_by("id")],
            "grades": [_grade(grade) for grade in Grade.objects.order_by("id")],
            "content": [
                {"block": item.lti_configuration.location.block_id, "type": item.content_type, **item.attributes}
                for item in LtiDlContentItem.objects.order_by("id")
            ],
            "calls": [model_to_dict(call) for call in Call.objects.order_by("id")],
        }
    )


def _passport_of(name: str) -> Lti1p3Passport:
    return LtiConfiguration.objects.get(location=Block.objects.get(name=name).location).lti_1p3_passport


def _set_tool(config: LtiConfiguration, tool: dict) -> None:
    config.lti_1p3_oidc_url = tool["login_url"]
    config.lti_1p3_launch_url = config.lti_advantage_deep_linking_launch_url = tool["launch_url"]
    config.lti_1p3_passport.lti_1p3_tool_keyset_url = tool.get("jwks_url", "")
    config.lti_1p3_passport.lti_1p3_tool_public_key = tool.get("public_key", "")
    config.lti_1p3_passport.save()


def _registration(config: LtiConfiguration) -> dict:
    """What Studio shows an author, to enter into the tool."""
    nobody = Lti1p3LaunchData(user_id=0, user_role=None, config_id=config.config_id, resource_link_id="")
    shown = get_lti_1p3_launch_info(nobody)
    return {
        "issuer": get_lti_api_base(),
        "client_id": shown["client_id"],
        "deployment_id": shown["deployment_id"],
        "authorization_url": get_lms_lti_launch_link(),
        "token_url": shown["token_url"],
        "jwks_url": shown["keyset_url"],
        "resource_link_id": str(config.location),
        "config": config.id,
    }


def _item(item: LtiAgsLineItem) -> dict:
    values = model_to_dict(item, exclude=["lti_configuration", "resource_link_id"])
    scores = [model_to_dict(score, exclude=["line_item"]) for score in item.scores.order_by("id")]
    link = str(item.resource_link_id) if item.resource_link_id else ""
    return {**values, "block": item.lti_configuration.location.block_id, "resource_link_id": link, "scores": scores}


def _grade(grade: Grade) -> dict:
    values = model_to_dict(grade, fields=["earned", "possible", "comment"])
    return {**values, "block": grade.block.name, "username": grade.user.username}
