"""`check("scale")` in a notebook: the functions as they stand, the question asked for, the mistake named."""

import pytest

from convclass.course import Assignment, CourseError
from convclass.notebook import check
from convclass.release.writer import released_files, write


@pytest.fixture
def folder(tiny_course):
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    return assignment.released


def test_one_question_is_checked_and_the_mistake_named(folder):
    outcome = check("scale", {"scale": lambda x, factor=2: x + factor}, folder)
    assert [test.question for test in outcome.tests] == ["scale"]
    assert outcome.tests[0].mistake.name == "factor added"
    assert "factor added" in outcome._repr_html_()
    assert "wrong answer" in repr(outcome)


def test_the_page_of_one_question_says_everything_once(folder):
    page = check("scale", {"scale": lambda x, factor=2: x + factor}, folder)._repr_html_()
    assert page.count("factor added") == 1
    assert page.count("yours is added") == 1
    assert 'class="heat"' in page and "Hint" in page


def test_the_function_as_it_stands_now_is_checked(folder):
    names = {"scale": lambda x, factor=2: x}
    assert check("scale", names, folder).tests[0].verdict == "FAILED"
    names["scale"] = lambda x, factor=2: x * factor
    assert check("scale", names, folder).tests[0].verdict == "PASSED"


def test_an_unknown_question_lists_the_known_ones(folder):
    with pytest.raises(CourseError, match="scale, shift"):
        check("scael", {}, folder)


def test_outside_a_notebook_it_says_so(folder):
    pytest.importorskip("IPython")
    with pytest.raises(CourseError, match="in a notebook only"):
        check("scale", folder=folder)
