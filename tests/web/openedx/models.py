"""What the LMS keeps: people of one course, blocks that open the tool, and its gradebook."""

import uuid
from types import SimpleNamespace

from django.conf import settings
from django.db import models
from opaque_keys.edx.keys import CourseKey, UsageKey

COURSE = CourseKey.from_string("course-v1:Vision+101+2026")


class Person(models.Model):
    """Somebody in the course. `profile` is what lti_consumer calls it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    external_id = models.CharField(max_length=40, default=uuid.uuid4, unique=True)
    role = models.CharField(max_length=20)


class Block(models.Model):
    """A component of the course that opens the tool; with the names that lti_consumer reads from an XBlock."""

    name = models.CharField(max_length=100, unique=True)
    display_name = models.CharField(max_length=100)
    weight = models.FloatField()
    due = models.DateTimeField(null=True)
    custom = models.JSONField(default=dict)

    has_score = accept_grades_past_due = True
    lti_1p3_passport_id = ""
    context_id = str(COURSE)
    start = None

    @property
    def location(self) -> UsageKey:
        return COURSE.make_usage_key("lti_consumer", self.name)

    @property
    def scope_ids(self) -> SimpleNamespace:
        return SimpleNamespace(usage_id=self.location)

    def is_past_due(self) -> bool:
        return False

    def max_score(self) -> float:
        return self.weight

    def set_user_module_score(self, user, score, max_score, comment=""):
        """As the XBlock does: `score` is a share of 1."""
        values = {"earned": score * max_score, "possible": max_score, "comment": comment or ""}
        Grade.objects.update_or_create(block=self, user=user, defaults=values)


class Grade(models.Model):
    """A cell of the LMS's gradebook."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    earned = models.FloatField()
    possible = models.FloatField()
    comment = models.TextField()


class Failure(models.Model):
    """Requests whose path holds `path` are answered with `status`, `left` more times."""

    path = models.CharField(max_length=200)
    method = models.CharField(max_length=10)
    status = models.IntegerField()
    left = models.IntegerField()
    retry_after = models.CharField(max_length=40)


class Call(models.Model):
    """A request of a tool to one of the services, and what it was answered; in order."""

    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    media_type = models.CharField(max_length=200)
    body = models.TextField()
    status = models.IntegerField()
