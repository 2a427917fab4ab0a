"""QTI 2.1 and 3.0, played by the QTI 3 player of Amp-up.io: its verdicts are ours."""

import io
import zipfile

import pytest
from lxml import etree
from quiz import samples
from quiz.answers import for_qti, right, wrongs
from quiz.node import run

from convclass.lms import qti3, qti21
from convclass.quiz.scoring import score

QUESTIONS = samples.everything().questions


def played(questions, items, most=5):
    """Scores by the player and by us, for right and wrong answers; and what went wrong."""
    answers = [[right(q), *wrongs(q)][:most] for q in questions]
    sent = [
        {"xml": xml, "answers": [for_qti(q, a) for a in given]}
        for q, xml, given in zip(questions, items, answers, strict=True)
    ]
    results = run("qti3.js", sent)
    ours = [[score(q, a).points for a in given] for q, given in zip(questions, answers, strict=True)]
    return results, ours


def assert_same(questions, results, ours):
    for question, result, expected in zip(questions, results, ours, strict=True):
        assert result["errors"] == [], question.title
        assert result["blank"] == 0, question.title
        assert result["scores"] == pytest.approx(expected, abs=1e-9), question.title
        assert result["scores"][0] == pytest.approx(question.points)
        assert max(result["scores"][1:]) < question.points


def test_the_player_scores_every_kind_as_we_do():
    assert_same(QUESTIONS, *played(QUESTIONS, [qti3.item(q).decode() for q in QUESTIONS]))


def test_converted_by_citolab_the_items_of_2_1_play_the_same():
    converted = run("convert.mjs", [qti21.item(q).decode() for q in QUESTIONS])
    assert not [c for c in converted if "error" in c]
    assert_same(QUESTIONS, *played(QUESTIONS, [c["xml"] for c in converted], most=2))


def test_a_wrong_key_would_be_found_and_feedback_belongs_to_the_answer():
    good = qti3.item(samples.single()).decode()
    bad = good.replace("<qti-value>option_0<", "<qti-value>option_1<", 1)
    results, ours = played([samples.single()] * 2, [good, bad])
    assert results[0]["scores"] == ours[0] != results[1]["scores"]
    assert [set(f) for f in results[0]["feedback"]] == [
        {"feedback_0", "explanation"},
        {"feedback_1", "explanation"},
        {"feedback_2", "explanation"},
    ]
    assert "One for each cell." in results[0]["text"]


@pytest.mark.parametrize(("module", "version"), [(qti21, "xmlv2p1"), (qti3, "xmlv3p0")])
def test_the_package_lists_what_it_holds(module, version: str):
    quiz = samples.everything()
    content = module.export(quiz).content
    assert content == module.export(quiz).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {f.get("href") for f in manifest.iter("{*}file")} == set(files) - {"imsmanifest.xml"}
    items = [r for r in manifest.iter("{*}resource") if r.get("type") == f"imsqti_item_{version}"]
    assert len(items) == len(quiz.questions)
    assert {d.get("identifierref") for d in manifest.iter("{*}dependency")} == {i.get("identifier") for i in items}
    pictured = files[f"items/q{samples.pictured().id}.xml"].decode()
    picture = next(name for name in files if name.endswith(".svg"))
    assert f'src="../{picture}"' in pictured and files[picture].decode() == samples.SVG
    for name, xml in files.items():
        if name.endswith(".xml"):
            etree.fromstring(xml)


def test_qti3_has_no_word_of_2_1():
    for question in QUESTIONS:
        names = {etree.QName(e).localname for e in etree.fromstring(qti3.item(question)).iter("{*}*")}
        assert not [n for n in names if n != n.lower()], question.title
        assert "qti-assessment-item" in names
