"""The LMS's own pages, the tests' control of it, and the LTI consumer's endpoints where Open edX has them."""

from django.urls import include, path
from web.openedx import control, pages

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("login/<username>", pages.sign_in),
    path("course/<name>", pages.course),
    path("block/<name>", pages.block),
    path("studio/<name>", pages.studio),
    path("control/block", control.add_block),
    path("control/person", control.add_person),
    path("control/key", control.new_key),
    path("control/failure", control.add_failure),
    path("control/state", control.state),
]
