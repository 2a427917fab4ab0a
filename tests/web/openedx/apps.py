"""The LMS around the LTI consumer."""

from django.apps import AppConfig


class Openedx(AppConfig):
    name = "web.openedx"

    def ready(self):
        from web.openedx import stubs

        stubs.install()
