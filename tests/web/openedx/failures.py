"""Writes down every request of a tool's server, and answers some with an error when a test has asked for it."""

from django.db.models import F
from django.http import HttpResponse
from web.openedx.models import Call, Failure

SERVICES = ("/token/", "/lti-ags", "/memberships", "/public_keysets/")


class FailOnRequest:
    def __init__(self, answer):
        self.answer = answer

    def __call__(self, request):
        if not any(part in request.path for part in SERVICES):
            return self.answer(request)
        body = request.body.decode(errors="replace")
        response = _failure(request) or self.answer(request)
        media_type = request.headers.get("Content-Type", "")
        Call.objects.create(
            method=request.method,
            path=request.get_full_path(),
            media_type=media_type,
            body=body,
            status=response.status_code,
        )
        return response


def _failure(request) -> HttpResponse | None:
    for failure in Failure.objects.filter(left__gt=0, method__in=("", request.method)):
        if failure.path in request.path and Failure.objects.filter(id=failure.id, left__gt=0).update(
            left=F("left") - 1
        ):
            headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
            return HttpResponse("this failure was asked for", status=failure.status, headers=headers)
    return None
