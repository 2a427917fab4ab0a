"""What a person sees of the LMS: a course page with the tool in an iframe, and the way to pick content (Studio)."""

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template import engines
from lti_consumer.api import get_lti_1p3_content_url, get_lti_1p3_launch_start_url
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import LtiConfiguration
from web.openedx.models import COURSE, Block

COURSE_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ block.display_name }} | Vision 101</title><style>
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #f4f4f6; color: #222; }
header { background: #14294a; color: #fff; padding: 0.7rem 1.5rem; display: flex; justify-content: space-between; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem 1.5rem; }
h1 { font-size: 1.2rem; margin: 0.3rem 0 0.8rem; }
iframe { width: 100%; height: 52rem; border: 1px solid #c9c9d2; background: #fff; }
</style></head><body>
<header><strong>Vision 101</strong><span>{{ user.get_full_name }}</span></header>
<main><h1>{{ block.display_name }}</h1>
<iframe name="tool" title="{{ block.display_name }}" src="/block/{{ block.name }}"></iframe></main>
</body></html>"""


def sign_in(request: HttpRequest, username: str) -> HttpResponse:
    """Without a password: this LMS is for tests."""
    login(request, get_object_or_404(get_user_model(), username=username))
    return HttpResponse(f"signed in as {username}")


def course(request: HttpRequest, name: str) -> HttpResponse:
    """The page that holds the tool."""
    page = engines["django"].from_string(COURSE_PAGE)
    return HttpResponse(page.render({"block": get_object_or_404(Block, name=name), "user": request.user}))


def block(request: HttpRequest, name: str) -> HttpResponse:
    """What the iframe opens: the launch that lti_consumer begins for this block, with its Deep Linking content."""
    return redirect(get_lti_1p3_content_url(_launch(request, name)))


def studio(request: HttpRequest, name: str) -> HttpResponse:
    """The launch by which an author picks content (Deep Linking)."""
    return redirect(get_lti_1p3_launch_start_url(_launch(request, name), deep_link_launch=True))


def _launch(request: HttpRequest, name: str) -> Lti1p3LaunchData:
    """As LtiConsumerXBlock.get_lti_1p3_launch_data puts it together, with name and email shared."""
    block, user = get_object_or_404(Block, name=name), request.user
    return Lti1p3LaunchData(
        user_id=user.id,
        user_role=user.profile.role,
        config_id=LtiConfiguration.objects.get(location=block.location).config_id,
        resource_link_id=str(block.location),
        external_user_id=str(user.profile.external_id),
        preferred_username=user.username,
        name=user.get_full_name(),
        email=user.email,
        launch_presentation_document_target="iframe",
        context_id=str(COURSE),
        context_type=["course_offering"],
        context_title="Vision 101 - Vision",
        context_label=str(COURSE),
        custom_parameters=block.custom,
    )
