"""QTI 3.0 as a content package."""

from __future__ import annotations

from convclass.lms import qti
from convclass.lms.support import Exported
from convclass.quiz.models import AnyQuestion, Quiz

SUFFIX = ".zip"
SUPPORT = qti.SUPPORT
_WORDS = qti.ManifestWords(
    namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    schema="QTI Package",
    schema_version="3.0.0",
    kind="xmlv3p0",
    rename=qti.as_qti3,
)


def export(quiz: Quiz) -> Exported:
    """The quiz as a package of QTI 3.0 items and a test of them."""
    return qti.package(quiz, item, _WORDS)


def item(question: AnyQuestion) -> bytes:
    """One question as an item of QTI 3.0."""
    return qti.as_qti3(qti.item(question))
