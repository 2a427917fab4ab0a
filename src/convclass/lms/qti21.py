"""QTI 2.1 as a content package (IMS Content Packaging 1.1)."""

from __future__ import annotations

from convclass.lms import qti
from convclass.lms.support import Exported
from convclass.quiz.models import AnyQuestion, Quiz

SUFFIX = ".zip"
SUPPORT = qti.SUPPORT
_WORDS = qti.ManifestWords(
    namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
    schema="QTIv2.1 Package",
    schema_version="1.0.0",
    kind="xmlv2p1",
    rename=qti.as_qti21,
)


def export(quiz: Quiz) -> Exported:
    """The quiz as a package of QTI 2.1 items and a test of them."""
    return qti.package(quiz, item, _WORDS)


def item(question: AnyQuestion) -> bytes:
    """One question as an item of QTI 2.1."""
    return qti.as_qti21(qti.item(question))
