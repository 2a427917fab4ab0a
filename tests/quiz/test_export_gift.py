"""GIFT, as gift-pegjs reads it: the same structure, the same texts."""

from typing import Any

import pytest
from quiz import samples, traps
from quiz.node import run

from convclass.lms import gift, texts
from convclass.quiz.models import ShortText, SingleChoice

EVERYTHING = gift.export(samples.everything()).content


def parsed(*contents: bytes) -> list[list[dict[str, Any]]]:
    answers = run("gift.js", [content.decode() for content in contents])
    assert not [answer["error"] for answer in answers if "error" in answer]
    return [[q for q in answer["questions"] if q["type"] != "Category"] for answer in answers]


@pytest.fixture(scope="module")
def everything() -> dict[str, dict[str, Any]]:
    return {q["title"]: q for q in parsed(EVERYTHING)[0]}


def test_every_kind_has_the_structure_that_it_should(everything):
    kinds = {title: q["type"] for title, q in everything.items()}
    assert kinds["Weights"] == kinds["Several 2"] == kinds["Relu"] == "MC"
    assert kinds["Pooling"] == "TF" and kinds["Mean"] == "Numerical"
    assert kinds["Layers"] == kinds["Steps"] == "Matching" and kinds["Word"] == "Short"


def test_choices_keep_texts_keys_and_feedback(everything):
    one = samples.single()
    assert isinstance(one, SingleChoice)
    choices = everything["Weights"]["choices"]
    assert [c["isCorrect"] for c in choices] == [option.right for option in one.options]
    assert [c["text"]["text"] for c in choices] == [texts.inline_html(option.text) for option in one.options]
    assert [c["feedback"]["text"] for c in choices] == [texts.as_html(option.feedback) for option in one.options]
    assert everything["Weights"]["globalFeedback"]["text"] == "<p>A filter is shared.</p>"


def test_several_choices_have_fractions(everything):
    assert [c["weight"] for c in everything["Several 3"]["choices"]] == [33.33333] * 3 + [-33.33333] * 2


def test_numbers_have_tolerances(everything):
    first, *wrong = everything["Mean"]["choices"]
    assert first["text"] == {"type": "range", "number": 1.5, "range": 0.25}
    assert [(w["weight"], w["text"]["number"]) for w in wrong] == [(0, 4), (0, -2.5)]
    assert everything["Small"]["choices"][0]["text"]["number"] == 1.7e-7


def test_pairs_and_places(everything):
    pairs = everything["Layers"]["matchPairs"]
    assert [p["subanswer"] for p in pairs] == ["shares weights", "no sharing", "no weights", "a distractor"]
    assert pairs[-1]["subquestion"]["text"] == ""
    assert [p["subanswer"] for p in everything["Steps"]["matchPairs"]] == ["1", "2", "3", "4"]


def test_a_cloze_becomes_a_question_for_each_gap(everything):
    assert {title for title in everything if title.startswith("Story")} == {f"Story ({i} of 3)" for i in (1, 2, 3)}


def test_code_keeps_its_lines_and_ids_go_along(everything):
    assert "for i in range(3):\n\n    print(i)\n" in everything["Read it"]["stem"]["text"]
    assert everything["Mean"]["id"] == samples.numeric().id


def test_no_known_fault_and_each_would_be_found():
    assert traps.gift(EVERYTHING) == []
    assert traps.gift(EVERYTHING.replace(b"}\n\n//", b"}\n//", 1)) == [
        "not one question between blank lines",
        "a brace that is not escaped",
    ]
    assert traps.gift(EVERYTHING.replace(b"\\{directions", b"{directions", 1)) == ["a brace that is not escaped"]
    broken = EVERYTHING.decode().replace("class\\=", "class=", 1).replace("::Mean::", "::Mean::{", 1)
    assert "error" in run("gift.js", [broken])[0]


def test_what_gift_would_misread_is_refused_with_its_cause():
    """Such as `%50%x`, which would be worth one half, and an answer `x`."""
    bad = [samples.short(answer) for answer in ("a -> b", "a && b", "%50%x", "%", "[html]x", " [plain]")]
    made = gift.export(samples.quiz_of(*bad, samples.short("[x]", "5 %")))
    assert [(q.id, "->" in cause) for q, cause in made.left_out] == [(q.id, True) for q in bad]


def test_words_survive():
    for text in samples.HOSTILE_TEXTS:
        one = ShortText(**samples.common("hostile", "Say it.", answers=(text.replace("->", "").replace("&&", ""),)))
        answer = parsed(gift.export(samples.quiz_of(one)).content)[0][0]["choices"][0]["text"]["text"]
        assert "".join(answer.split()) == "".join(texts.clean(one.answers[0]).replace("*", r"\*").split())
