"""Item analysis against published worked examples, and against numpy and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quiz import samples
from scipy import stats

from convclass.quiz import analysis
from convclass.quiz.analysis_page import page
from convclass.quiz.models import Option
from convclass.quiz.scores import StudentScore
from convclass.quiz.scoring import score_quiz

# The Law School Admission Test, section VI: how many of 1000 people gave each of the 32 patterns 00000 to 11111.
# Data: Bock & Lieberman, Psychometrika 35 (1970). Analysis: Rizopoulos, "ltm: An R Package for Latent Variable
# Modeling and Item Response Theory Analyses", Journal of Statistical Software 17(5) (2006), section 3.1.
LSAT = [
    3,
    6,
    2,
    11,
    1,
    1,
    3,
    4,
    1,
    8,
    0,
    16,
    0,
    3,
    2,
    15,
    10,
    29,
    14,
    81,
    3,
    28,
    15,
    80,
    16,
    56,
    21,
    173,
    11,
    61,
    28,
    298,
]

# Ten students, ten items. Wuensch, East Carolina University, "The Kuder-Richardson 20"
# (https://core.ecu.edu/wuenschk/StatHelp/KR20.txt), which prints p, pq and the variance of the totals.
WUENSCH = (
    """1111110110 1011011101 1111011001 0010001000 0000010010 1110111111 1101110111 1111111101 0101111101 1101101110"""
)


def lsat() -> analysis.Matrix:
    rows = [[int(bit) for bit in f"{pattern:05b}"] for pattern, count in enumerate(LSAT) for _ in range(count)]
    return np.array(rows, dtype=float)


def test_the_law_school_test_comes_out_as_published():
    matrix = lsat()
    assert matrix.shape == (1000, 5)
    assert analysis.difficulty(matrix) == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870])
    assert [analysis.item_total(matrix, i) for i in range(5)] == pytest.approx(
        [0.3620, 0.5668, 0.6184, 0.5344, 0.4354], abs=5e-5
    )
    assert [analysis.item_rest(matrix, i) for i in range(5)] == pytest.approx(
        [0.1128, 0.1532, 0.1728, 0.1444, 0.1216], abs=5e-5
    )
    assert analysis.alpha(matrix) == pytest.approx(0.2950, abs=5e-5)
    without = [analysis.alpha(np.delete(matrix, i, axis=1)) for i in range(5)]
    assert without == pytest.approx([0.2754, 0.2376, 0.2168, 0.2459, 0.2663], abs=5e-5)


def test_wuenschs_example_comes_out_as_published():
    matrix = np.array([[int(bit) for bit in row] for row in WUENSCH.split()], dtype=float)
    p = analysis.difficulty(matrix)
    assert p == pytest.approx([0.7, 0.7, 0.6, 0.7, 0.6, 0.8, 0.7, 0.7, 0.5, 0.6])
    assert matrix.sum(axis=1).var() == pytest.approx(5.84)
    assert analysis.alpha(matrix) == pytest.approx(10 / 9 * (1 - float((p * (1 - p)).sum()) / 5.84))


def test_another_matrix_would_not():
    matrix = lsat()
    matrix[0, 0] = 1
    assert analysis.alpha(matrix) != pytest.approx(0.2949971922, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.integers(2, 8), st.booleans())
def test_numpy_and_scipy_agree(seed: int, students: int, questions: int, dichotomous: bool):
    rng = np.random.default_rng(seed)
    matrix = rng.random((students, questions)) + rng.random((students, 1))
    matrix = (matrix > 1).astype(float) if dichotomous else matrix / 2
    covariance = np.cov(matrix.T, ddof=0)
    total = matrix.sum(axis=1)
    for i in range(questions):
        ours = analysis.item_rest(matrix, i)
        if ours is not None:
            assert ours == pytest.approx(np.corrcoef(matrix[:, i], total - matrix[:, i])[0, 1], abs=1e-9)
        point_biserial = analysis.item_total(matrix, i)
        if dichotomous and point_biserial is not None:
            assert point_biserial == pytest.approx(stats.pointbiserialr(matrix[:, i], total).statistic, abs=1e-9)
    worth = analysis.alpha(matrix)
    if worth is not None:
        expected = questions / (questions - 1) * (1 - np.trace(covariance) / covariance.sum())
        assert worth == pytest.approx(expected, abs=1e-9)
    assert analysis.is_dichotomous(matrix) is dichotomous


def the_class(students: int = 60) -> list[StudentScore]:
    """The better a student, the more is right; but question `odd` is right for the others only."""
    options = (
        Option(text="yes", right=True),
        Option(text="no", mistake="denied"),
        Option(text="never", mistake="unused"),
    )
    families = ("easy", "middle", "second", "third", "hard", "odd")
    questions = tuple(
        samples.single(f"{name}?", options=options).model_copy(update={"family": name, "title": name})
        for name in families
    )
    quiz = samples.quiz_of(*questions)
    least = {"easy": 0.02, "middle": 0.5, "second": 0.6, "third": 0.7, "hard": 0.85}
    made = []
    for i in range(students):
        skill = i / students
        answers = {q.id: int(skill < least[q.family] if q.family != "odd" else skill > 0.4) for q in questions}
        made.append(StudentScore(f"<b>{i}", quiz, score_quiz(quiz, answers)))
    return made


def test_questions_to_drop_and_to_mend_are_found():
    made = analysis.analyse(the_class())
    advice = {item.question.family: " ".join(item.advice) for item in made.items}
    assert "drop" in advice["odd"] and "hardly anybody" in advice["hard"] and "nearly everybody" in advice["easy"]
    assert "drop" not in advice["middle"] and "nobody falls for unused" in advice["middle"]
    assert made.reliability_name == "KR-20"
    middle = next(item for item in made.items if item.question.family == "middle")
    assert {d.label: d.count for d in middle.chosen} == {"a": 30, "denied": 30}
    assert made.mistakes == (("denied", 60),)


def test_a_class_too_small_gets_no_advice():
    assert not [item for item in analysis.analyse(the_class(5)).items if item.advice]


def test_nobody_differs_and_nothing_breaks():
    quiz = samples.quiz_of(samples.single())
    same = [StudentScore(str(i), quiz, score_quiz(quiz, {})) for i in range(3)]
    made = analysis.analyse(same)
    assert made.reliability is None and made.items[0].item_rest is None
    assert "cannot be told" in page(made, "x")


def test_the_page_holds_everything_and_nothing_that_runs():
    html = page(analysis.analyse(the_class()), "Quiz <1>")
    assert html == page(analysis.analyse(the_class()), "Quiz <1>")
    assert "KR-20" in html and html.count("data:image/svg+xml") == 3 and "Quiz &lt;1&gt;" in html
    assert "<script" not in html and "http://" not in html.replace("http://www.w3.org", "")
