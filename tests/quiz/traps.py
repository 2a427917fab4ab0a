"""What importers are known to stumble over, as functions that find it in a file. Each is shown to find it."""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

QTI12 = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What Moodle accepts as a fraction, in percent (question/engine/bank.php, question_bank::fraction_options_full).
_FRACTIONS = [
    100,
    90,
    83.33333,
    80,
    75,
    70,
    66.66667,
    60,
    50,
    40,
    33.33333,
    30,
    25,
    20,
    16.66667,
    14.28571,
    12.5,
    11.11111,
    10,
    5,
    0,
]
_FRACTIONS += [-fraction for fraction in _FRACTIONS]


def moodle(content: bytes) -> list[str]:
    """Faults of a Moodle XML file."""
    faults = ["control character"] if _CONTROL.search(content.decode()) else []
    root = etree.fromstring(content)
    for question in root.findall("question"):
        kind = question.get("type")
        if kind == "category":
            continue
        faults += [f"{kind}: {fault}" for fault in _moodle_question(kind, question)]
    return faults


def _moodle_question(kind: str | None, question: etree._Element) -> list[str]:
    faults = []
    name = question.findtext("name/text") or ""
    if not 1 <= len(name) <= 251:
        faults.append(f"a name of {len(name)} characters")
    if not (question.findtext("questiontext/text") or "").strip():
        faults.append("no question text")
    answers = question.findall("answer")
    fractions = [answer.get("fraction") or "" for answer in answers]
    if kind != "ordering" and any(not _is_fraction(fraction) for fraction in fractions):
        faults.append(f"fractions {fractions}")
    if kind not in ("cloze", "matching", "ordering") and answers and "100" not in fractions and kind != "multichoice":
        faults.append("no answer at 100 %")
    if any(not (answer.findtext("text") or "").strip() for answer in answers):
        faults.append("an empty answer")
    if kind == "multichoice":
        faults += _moodle_choice(question, fractions)
    if kind == "truefalse" and sorted(answer.findtext("text") or "" for answer in answers) != ["false", "true"]:
        faults.append("true and false have to be lower case")
    if kind == "shortanswer" and question.findtext("usecase") not in ("0", "1"):
        faults.append("usecase is 0 or 1")
    if kind == "numerical":
        numbers = [answer.findtext("text") or "" for answer in answers]
        numbers += [answer.findtext("tolerance") or "" for answer in answers]
        faults += [f"no number: {number!r}" for number in numbers if not re.fullmatch(r"-?\d+(\.\d+)?", number)]
    if kind == "matching":
        rights = [sub.findtext("answer/text") or "" for sub in question.findall("subquestion")]
        if not all(right.strip() for right in rights) or len(rights) < 2:
            faults.append("an empty match")
    return faults


def _moodle_choice(question: etree._Element, fractions: list[str]) -> list[str]:
    single = question.findtext("single")
    faults = [] if single in ("true", "false") else [f"single is {single!r}"]
    if len(fractions) < 2:
        faults.append("fewer than two choices")
    if single == "true" and fractions.count("100") != 1:
        faults.append("not one choice at 100 %")
    if single == "false" and abs(sum(float(f) for f in fractions if float(f) > 0) - 100) > 0.01:
        faults.append("the right choices do not make 100 %")
    return faults


def _is_fraction(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text)) and any(abs(float(text) - known) < 1e-9 for known in _FRACTIONS)


def canvas(content: bytes) -> list[str]:
    """Faults of a QTI 1.2 package for Canvas."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        path = next(name for name in archive.namelist() if re.fullmatch(r"(\w+)/\1\.xml", name))
        root = etree.fromstring(archive.read(path))
        listed = {element.get("href") for element in manifest.iter("{*}file")}
        missing = listed ^ (set(archive.namelist()) - {"imsmanifest.xml"})
    types = {element.get("type") for element in manifest.iter("{*}resource")}
    faults = [f"listed or packed, not both: {sorted(map(str, missing))}"] if missing else []
    if manifest.tag != "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}manifest":
        faults.append(f"manifest {manifest.tag}")
    if "imsqti_xmlv1p2" not in types:
        faults.append(f"resource types {types}")
    for item in root.iter(f"{QTI12}item"):
        faults += [f"{item.get('title')}: {fault}" for fault in _canvas_item(item)]
    return faults


def _canvas_item(item: etree._Element) -> list[str]:
    fields = {f[0].text: f[1].text or "" for f in item.iter(f"{QTI12}qtimetadatafield")}
    faults = []
    kind = fields.get("question_type", "")
    if not re.fullmatch(r"[a-z_]+_question", kind):
        faults.append(f"question type {kind!r}")
    if not re.fullmatch(r"\d+(\.\d+)?", fields.get("points_possible", "")):
        faults.append("no points")
    presentation = item.find(f"{QTI12}presentation")
    if presentation is None or len(presentation.findall(f"{QTI12}material/{QTI12}mattext")) != 1:
        faults.append("not one mattext in the prompt")
    if any(text.get("texttype") != "text/html" for text in item.iter(f"{QTI12}mattext")):
        faults.append("text that is not said to be HTML")
    labels = [label.get("ident") or "" for label in item.iter(f"{QTI12}response_label")]
    if kind not in ("numerical_question", "short_answer_question") and not all(label.isdigit() for label in labels):
        faults.append("an answer whose id is no number")
    for tag in ("vargte", "varlte"):
        for bound in item.iter(f"{QTI12}{tag}"):
            if round(float(bound.text or "nan"), 4) != float(bound.text or "nan"):
                faults.append(f"{bound.text} would be rounded")
    return faults


def cartridge(content: bytes) -> list[str]:
    """Faults of a Common Cartridge."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        path = next(name for name in archive.namelist() if name.endswith("/assessment.xml"))
        root = etree.fromstring(archive.read(path))
    faults = []
    if manifest.findtext("{*}metadata/{*}schemaversion") != "1.1.0":
        faults.append("not version 1.1.0")
    if not any(r.get("type") == "imsqti_xmlv1p2/imscc_xmlv1p1/assessment" for r in manifest.iter("{*}resource")):
        faults.append("no assessment among the resources")
    for item in root.iter(f"{QTI12}item"):
        fields = {f[0].text: f[1].text or "" for f in item.iter(f"{QTI12}qtimetadatafield")}
        profile = fields.get("cc_profile", "")
        if not re.fullmatch(r"cc\.(multiple_choice|multiple_response|true_false|fib)\.v0p1", profile):
            faults.append(f"profile {profile!r}")
        cases = [equal.get("case") for equal in item.iterfind(f".//{QTI12}and//{QTI12}varequal")]
        if profile == "cc.multiple_response.v0p1" and (not cases or set(cases) != {"Yes"}):
            faults.append("multiple response without case=Yes")
    return faults


def gift(content: bytes) -> list[str]:
    """Faults of a GIFT file that a parser may forgive."""
    text = content.decode()
    faults = ["control character"] if _CONTROL.search(text) else []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY"):
            continue
        if block.count("\n::") + block.startswith("::") != 1:
            faults.append("not one question between blank lines")
        bare = re.sub(r"\\.", "", block)
        if bare.count("{") != 1 or bare.count("}") != 1:
            faults.append("a brace that is not escaped")
    return faults
