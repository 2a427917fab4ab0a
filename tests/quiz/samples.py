"""A quiz with one or more questions of every kind, with figures, math, code and texts that try to break a format."""

from __future__ import annotations

import re
from typing import Any

from convclass.quiz.models import (
    AnyQuestion,
    Cloze,
    Figure,
    Gap,
    Level,
    Matching,
    MultipleChoice,
    Numeric,
    Option,
    Ordering,
    Pair,
    Quiz,
    ShortText,
    SingleChoice,
    SpotTheError,
    TrueFalse,
    WrongNumber,
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20" width="60" height="20">'
    '<rect width="20" height="20" fill="#345"/><rect x="20" width="20" height="20" fill="#9ab"/></svg>'
)
MAP = Figure(name="feature-map", svg=SVG, alternative="a feature map of three cells: dark, light, empty")


def common(family: str, prompt: str, /, **more: Any) -> dict[str, Any]:
    start: dict[str, Any] = {
        "family": family,
        "title": family.replace("_", " ").capitalize(),
        "prompt": prompt,
        "claim": 2,
        "level": Level.COMPUTE,
    }
    return start | more


def single(prompt: str = "How many weights has a $3\\times 3$ filter?", **more: Any) -> SingleChoice:
    options = (
        Option(text="$3^2 = 9$", right=True, feedback="One for each cell."),
        Option(text="`3 + 3` gives **6**", feedback="Sides are *multiplied*.", mistake="added"),
        Option(text="25 & more < 30", feedback="That is the image: 5 > 3.", mistake="image"),
    )
    return SingleChoice(
        **common("weights", prompt, **({"options": options, "explanation": "A filter is shared."} | more))
    )


def multiple(rights: int = 2, wrongs: int = 2, **more: Any) -> MultipleChoice:
    options = tuple(
        [Option(text=f"right {i}", right=True, feedback=f"yes {i}") for i in range(rights)]
        + [Option(text=f"wrong {i}", feedback=f"no {i}", mistake=f"m{i}") for i in range(wrongs)]
    )
    return MultipleChoice(
        **common(f"several_{rights}", "Which are right?", points=2.0, **({"options": options} | more))
    )


def true_false(answer: bool = False, **more: Any) -> TrueFalse:
    return TrueFalse(
        **common(
            "pooling", "Pooling has parameters.", answer=answer, feedback="Count them: `0`.", level=Level.REFUTE, **more
        )
    )


def numeric(answer: float = 1.5, tolerance: float = 0.25, **more: Any) -> Numeric:
    wrong = (
        WrongNumber(value=answer + 10 * (tolerance or 1), feedback="The padding was forgotten.", mistake="no_padding"),
        WrongNumber(value=-answer - 1, feedback="The sign is wrong: $-x$.", mistake="sign"),
    )
    return Numeric(
        **common("mean", "What is the mean of $1$ and $2$?", answer=answer, tolerance=tolerance, wrong=wrong, **more)
    )


def matching(**more: Any) -> Matching:
    pairs = (
        Pair(left="convolution", right="shares weights"),
        Pair(left="`Linear`", right="no sharing"),
        Pair(left="$\\max$ pooling", right="no weights"),
    )
    return Matching(
        **common(
            "layers",
            "What belongs together?",
            pairs=pairs,
            distractors=("a distractor",),
            feedback="Look again.",
            points=3.0,
            **more,
        )
    )


def ordering(**more: Any) -> Ordering:
    items = ("pad the image", "slide the window", "sum `x * w`", "add the $b$")
    return Ordering(**common("steps", "Put the steps in order.", items=items, feedback="Padding comes first.", **more))


def cloze(**more: Any) -> Cloze:
    gaps = (
        Gap(name="count", number=9, tolerance=0.5),
        Gap(
            name="kind",
            options=(Option(text="equivariant", right=True), Option(text="invariant", feedback="Not quite.")),
        ),
        Gap(name="word", words=("stride", "the stride")),
    )
    prompt = "A filter has {{count}} weights, is {{kind}}, and moves by its {{word}}, in *all* {directions}."
    return Cloze(**common("story", prompt, gaps=gaps, feedback="Read it once more.", points=3.0, **more))


def short(*answers: str, **more: Any) -> ShortText:
    return ShortText(
        **common(
            "word",
            "What moves the window?",
            answers=answers or ("stride", "the stride"),
            feedback="It starts with s.",
            **more,
        )
    )


def spot(**more: Any) -> SpotTheError:
    lines = ("def relu(x):", "    return np.argmax(x, 0)", " ", "# `done` & <dusted>")
    return SpotTheError(
        **common("relu", "Which line is wrong?", lines=lines, wrong_line=1, correction="It is `maximum`.", **more)
    )


def pictured() -> SingleChoice:
    options = (Option(text="dark"), Option(text="![](figure:feature-map)", right=True))
    return single(
        "What does this show?\n\n![](figure:feature-map)\n\n```python\nfor i in range(3):\n\n    print(i)\n```\n",
        figures=(MAP,),
        options=options,
    ).model_copy(update={"family": "picture", "level": Level.READ, "title": "Read it"})


def hostile(text: str) -> tuple[AnyQuestion, ...]:
    """Questions with a text that tries to break a format, wherever a text may stand."""
    two = (Option(text=text, right=True, feedback=text), Option(text="the other", feedback=text))
    prompt = re.sub(r"\{(?=\{)", "{ ", text)  # without places of gaps
    return (
        single(text, options=two, explanation=text),
        multiple(options=(*two, Option(text="third"))),
        TrueFalse(**common("hostile_tf", text, answer=True, feedback=text)),
        Numeric(**common("hostile_number", text, answer=3.0, wrong=(WrongNumber(value=4.0, feedback=text),))),
        Matching(
            **common(
                "hostile_match", text, pairs=(Pair(left=text, right="a"), Pair(left="b", right=text)), feedback=text
            )
        ),
        Ordering(**common("hostile_order", text, items=(text, "second"), feedback=text)),
        Cloze(
            **common(
                "hostile_cloze",
                prompt + " {{gap}} {{choice}}",
                gaps=(Gap(name="gap", words=("word",)), Gap(name="choice", options=two)),
            )
        ),
        Cloze(**common("hostile_words", prompt + " {{gap}}", gaps=(Gap(name="gap", words=(text, "word")),))),
        Cloze(**common("hostile_lists", prompt + " {{choice}}", gaps=(Gap(name="choice", options=two),))),
        ShortText(**common("hostile_short", text, answers=(text,), feedback=text)),
        SpotTheError(**common("hostile_spot", text, lines=(text, "fine"), wrong_line=0, correction=text)),
    )


def everything() -> Quiz:
    """Every kind, several times."""
    questions: tuple[AnyQuestion, ...] = (
        single(),
        pictured(),
        *(multiple(rights) for rights in (1, 2, 3, 6, 7)),
        true_false(False),
        TrueFalse(**common("sharing", "Convolution shares weights.", answer=True)),
        numeric(),
        Numeric(**common("count", "How many weights has this layer?", answer=9408.0, unit="weights", tolerance=0.0)),
        Numeric(**common("small", "What is the largest error?", answer=1.7e-7, tolerance=1e-9)),
        matching(),
        ordering(),
        cloze(),
        Cloze(
            **common(
                "words_only",
                "Move by the {{a}} or the {{b}}.",
                gaps=(Gap(name="a", words=("stride",)), Gap(name="b", words=("step", "*"))),
            )
        ),
        Cloze(
            **common(
                "options_only",
                "It is {{a}}.",
                gaps=(
                    Gap(
                        name="a", options=(Option(text="$x^2$", right=True), Option(text="~#}{", feedback="no: 1 = 2"))
                    ),
                ),
            )
        ),
        short(),
        ShortText(**common("cased", "Which class?", answers=("Conv2d", "nn.Conv2d", "a*b"), case_sensitive=True)),
        spot(),
        SpotTheError(
            **common(
                "sentence",
                "Which is false?",
                lines=("It is *true*.", "1. It is false."),
                wrong_line=1,
                code=False,
                correction="No.",
            )
        ),
    )
    return Quiz(assignment="01_convolution", title="Convolution & <pooling>", questions=questions)


HOSTILE_TEXTS = (
    "<script>alert(1)</script><b>bold</b> &amp; &lt;",
    "a ]]> b <![CDATA[ c",
    "```",
    "{=right ~wrong} # : \\: ::title:: -> => \\n \\{",
    "=cmd|' /C calc'!A0",
    "+1-1@x\t;,\"quoted\" 'single'",
    "emoji 👩‍🏫🏽 ∑ é é 漢字",
    "שלום \u202eabc\u202c עולם",
    "control \x01\x07\x1b[31m\x7f\x85 end",
    "[x] [response] {{nothing}} {1:SHORTANSWER:=x} $CATEGORY: //no comment",
    "$x$ costs 5$ and \\(y\\) and $\\frac{1}{2$",
    "*star* _under_ `tick` ~~strike~~ | pipe | <http://example.org>",
    "line one\n\nline two\n\n    code\n\n```\nfence {~}\n```",
    "word " * 2000,
)


def quiz_of(*questions: AnyQuestion) -> Quiz:
    return Quiz(assignment="01_convolution", title="Sample", questions=questions)
