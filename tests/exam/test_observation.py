"""Calls are observed in cases that nobody can foresee: who works honestly in the first one only is found."""

from collections import Counter
from pathlib import Path

import pytest

from convclass.course import assignments, find_course
from convclass.exam.checker import first_later
from convclass.exam.examiner import Exam, Examiner
from convclass.exam.observation import CASES_CHOSEN, chosen_places, observable
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import Loaded, Returned

COURSE = find_course(Path(__file__).parents[2])


class Watched:
    """Answers nothing, and counts by function which of its calls are observed; it runs `operator` in some of them."""

    loaded = Loaded()

    def __init__(self, runs=lambda call: ()):
        self.runs, self.calls, self.observed = runs, Counter(), Counter()

    def call(self, function, arguments, keywords, *, limits=None, return_arguments=False, observe=False):
        later = first_later(arguments)
        function = later.function if later else function
        self.calls[function] += 1
        self.observed[function] += observe
        return Returned(None, None, self.runs(self.calls[function]) if observe else ())


def hidden_only(exam, **options):
    return Exam(tuple(test for test in exam.tests if not test.public), exam.key, **options)


@pytest.mark.parametrize("assignment", assignments(COURSE), ids=lambda assignment: assignment.name)
def test_every_question_that_forbids_operators_is_observed_in_hidden_cases(assignment):
    examiner = Examiner(assignment)
    watched, hidden = Watched(), Watched()
    examiner.examine(watched)
    hidden_only(examiner.exam, seed=examiner.seed).examine(hidden)
    for question in observable(examiner.exam.questions):
        assert 1 <= hidden.observed[question] <= 1 + CASES_CHOSEN
        assert watched.observed[question] >= 2, "the public one, and at least one that the seed chooses"


def test_the_seed_chooses_among_all_hidden_cases():
    exam = Examiner(assignments(COURSE)[0]).exam
    chosen = Counter()
    for seed in range(60):
        chosen.update(chosen_places(exam.tests, exam.questions, seed))
    public = {test.name for test in exam.tests if test.public}
    assert not public & {test for test, _ in chosen}
    cases = sum(len(t.cases) for t in exam.tests if t.mark.name in observable(exam.questions) and not t.public)
    assert len(chosen) > 0.8 * cases
    assert chosen_places(exam.tests, exam.questions, 1) == chosen_places(exam.tests, exam.questions, 1)


def test_what_is_forbidden_everywhere_but_in_the_first_call_is_found():
    exam = Examiner(assignments(COURSE)[0]).exam
    sly = Watched(lambda call: () if call == 1 else ("aten::convolution",))
    verdicts = {test.verdict for test in exam.examine(sly).tests if test.question == "conv2d"}
    assert verdicts == {Verdict.FORBIDDEN_CALL}
    alone = Exam(exam.tests, exam.key)
    alone._chosen = frozenset()  # as it was once: the first call of a question and no other
    sly = Watched(lambda call: () if call == 1 else ("aten::convolution",))
    assert Verdict.FORBIDDEN_CALL not in {test.verdict for test in alone.examine(sly).tests}
