"""Who gets which variant, and printing one again."""

from itertools import pairwise
from pathlib import Path

import pytest

from convclass.course import CourseError, find_assignment
from convclass.quiz.bank import coverage, has_bank, load
from convclass.quiz.models import Quiz
from convclass.quiz.variants import quiz_for, reprint, seed_of, variant

COURSE = Path(__file__).parents[2]

BANK = '''
from convclass.quiz.authoring import COMPUTE, RECALL, Mistake, numeric, true_false


def scaled(draw):
    """How large is it?"""
    n = draw.integer("n", 2, 9999)
    wrong = [Mistake("not scaled", n, "Multiply.")]
    return numeric(3 * n, wrong, prompt=f"3 times {n}?", claim=1, level=COMPUTE)


def of_a_second_claim(draw):
    """How large is half?"""
    n = draw.integer("n", 2, 9999)
    return numeric(n / 2, [], prompt=f"Half of {n}?", claim=2, level=COMPUTE)


def fixed():
    """Is scaling linear?"""
    return true_false(True, "It is.", prompt="Scaling is linear.", claim=1, level=RECALL)


def _helper(draw, other):
    """No question."""
'''


def write_course(folder, bank=BANK):
    for part in ("autograder", "solutions"):
        (folder / part / "06_scaling").mkdir(parents=True, exist_ok=True)
    (folder / "solutions" / "06_scaling" / "quiz.py").write_text(bank, encoding="utf-8")
    return folder


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path / "course")


@pytest.fixture
def bank(course):
    return load(find_assignment(course, "scaling"))


def test_seeds_are_those_of_the_day_this_was_written():
    assert seed_of("01_convolution", "s1234567") == 0xA1410AF7DB6D


def test_neighbours_get_other_seeds():
    seeds = [seed_of("01_convolution", f"s{number}") for number in range(2000)]
    assert len(set(seeds)) == 2000
    assert seed_of("01_convolution", "anna") != seed_of("02_pooling", "anna")
    assert seed_of("01_convolution", "x") != seed_of("01_convolutio", "nx")


def test_neighbours_get_other_quizzes():
    bank = load(find_assignment(COURSE, "01"))
    quizzes = [quiz_for(bank, f"s{number}") for number in range(4)]
    for one, other in pairwise(quizzes):
        drawn = [
            (a, b)
            for a, b, family in zip(one.questions, other.questions, bank.families, strict=True)
            if family.parameterised
        ]
        assert sum(a.id != b.id for a, b in drawn) > 0.8 * len(drawn)


def test_a_student_always_gets_the_same(bank):
    assert quiz_for(bank, "anna") == quiz_for(bank, "anna")


def test_functions_of_the_file_are_questions_in_their_order(bank):
    assert [(f.name, f.parameterised) for f in bank.families] == [
        ("scaled", True),
        ("of_a_second_claim", True),
        ("fixed", False),
    ]
    assert bank.title == "Quiz 6: scaling"
    assert [q.title for q in bank.quiz().questions] == ["How large is it?", "How large is half?", "Is scaling linear?"]


def test_a_fixed_question_is_the_same_in_every_variant(bank):
    assert bank.quiz(1).questions[2] == bank.quiz(2).questions[2]
    assert bank.quiz(1).questions[0] != bank.quiz(2).questions[0]


def test_a_part_of_the_questions_takes_turns_between_the_claims(bank):
    for seed in range(10):
        assert {q.claim for q in bank.quiz(seed, 2).questions} == {1, 2}
    for count in (0, 4):
        with pytest.raises(CourseError, match="ask for 1 to that many"):
            bank.quiz(1, count)


@pytest.mark.parametrize("count", [None, 2])
def test_a_variant_is_printed_again_from_its_id(course, bank, count):
    quiz = quiz_for(bank, "anna", count)
    assert reprint(course, quiz.variant) == quiz
    assert Quiz.model_validate_json(quiz.model_dump_json(exclude={"questions": {"__all__": {"id"}}})) == quiz


def test_an_id_names_assignment_seed_and_a_check(bank):
    assignment, seed, check = variant(bank, 255).variant.split("-")
    assert (assignment, seed, len(check)) == ("06_scaling", "0000000000ff", 8)


@pytest.mark.parametrize(
    "changed",
    [
        BANK.replace("3 * n", "4 * n").replace("3 times", "4 times"),
        BANK.replace("Multiply.", "Multiply it."),
        BANK.replace('"n", 2, 9999', '"n", 3, 9999'),
        BANK.split("def fixed")[0],
    ],
)
def test_a_changed_bank_is_not_printed_under_the_old_id(course, bank, changed):
    old = quiz_for(bank, "anna").variant
    write_course(course, changed)
    with pytest.raises(CourseError, match="have changed since this variant was made"):
        reprint(course, old)


def test_a_change_that_nobody_sees_does_not_hurt(course, bank):
    quiz = quiz_for(bank, "anna")
    write_course(course, BANK.replace("def _helper", "def _another_helper"))
    assert reprint(course, quiz.variant) == quiz


@pytest.mark.parametrize("text", ["", "06_scaling", "06_scaling-12-34", "06_scaling-0000000000FF-12345678"])
def test_what_is_no_id_is_refused(course, text):
    with pytest.raises(CourseError, match="is no variant"):
        reprint(course, text)


def test_an_id_of_another_course_is_refused(course):
    with pytest.raises(CourseError, match="is no assignment of this course"):
        reprint(course, "07_other-0000000000ff-12345678")


@pytest.mark.parametrize("seed", [-1, 1 << 48])
def test_a_seed_that_no_id_can_hold_is_refused(bank, seed):
    with pytest.raises(CourseError, match="a seed is a number"):
        variant(bank, seed)


@pytest.mark.parametrize(
    ("bank", "message"),
    [
        ("def question():\n    return None\n", "a first line"),
        ('def question(a, b):\n    """Why?"""\n', "no argument or one"),
        ('def Question():\n    """Why?"""\n', "lower-case name"),
        ("A = 1\n", "holds no question"),
    ],
)
def test_a_bank_that_makes_no_sense_is_refused(tmp_path, bank, message):
    course = write_course(tmp_path, bank)
    with pytest.raises(CourseError, match=message):
        load(find_assignment(course, "06"))


def test_a_question_that_no_numbers_make_is_reported(tmp_path):
    course = write_course(tmp_path, BANK.replace('Mistake("not scaled", n, ', 'Mistake("not scaled", 3 * n, '))
    with pytest.raises(CourseError, match="question scaled of 06_scaling: 200 draws with seed 5"):
        load(find_assignment(course, "06")).quiz(5)


def test_a_fixed_question_whose_mistake_is_right_is_reported(tmp_path):
    fixed = '''
from convclass.quiz.authoring import COMPUTE, Mistake, numeric


def fixed():
    """How much?"""
    return numeric(4, [Mistake("m", 4, "f")], prompt="2 + 2?", claim=1, level=COMPUTE)
'''
    with pytest.raises(CourseError, match="question fixed of 06_scaling: a mistake gives the right answer"):
        load(find_assignment(write_course(tmp_path, fixed), "06")).quiz()


def test_an_assignment_without_questions(tmp_path):
    course = write_course(tmp_path)
    (course / "solutions" / "06_scaling" / "quiz.py").unlink()
    assignment = find_assignment(course, "06")
    assert not has_bank(assignment)
    with pytest.raises(CourseError, match="no such file"):
        load(assignment)


def test_coverage_says_what_each_question_is_about(bank):
    assert [(c.name, c.claim, c.kind, c.parameterised) for c in coverage([bank])] == [
        ("scaled", 1, "numeric", True),
        ("of_a_second_claim", 2, "numeric", True),
        ("fixed", 1, "true_false", False),
    ]
