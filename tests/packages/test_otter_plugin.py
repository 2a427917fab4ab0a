"""The otter plugin without otter's kernel: scores, mistakes of ours, changed points, what it refuses."""

import pytest

from convclass.course import Assignment, CourseError
from convclass.exam.results import CaseResult, NamedMistake, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.otter.plugin import EXAM, SandboxedGrading, leave_only, write_scores
from convclass.otter.public import FOLDER, GRADED, Diagnosis, check_question
from convclass.release.otter import write_package
from convclass.release.writer import released_files, write

pytest.importorskip("otter", reason="otter-grader is missing; pip install 'convclass[otter]'")
from otter.run import AutograderConfig
from otter.test_files import GradingResults
from otter.test_files import abstract_test as abstract
from otter.test_files.exception_test import ExceptionTestFile


def a_test(name, verdict, *, points=2.0, share=0.0, question="scale", public=False, mistake=None, message="a message"):
    score = points if verdict in (Verdict.PASSED, Verdict.INTERNAL) else points * share
    case = CaseResult("", verdict, message)
    return TestResult(
        name, f"title of {name}", question, points, score, verdict, message, public, mistake, "", ("a hint",), (case,)
    )


def result_of(*tests):
    return SubmissionResult("06_scaling", "me", "0" * 64, "version", "A", "cpu", tests)


def otter_results(**points):
    """What otter's kernel finds: every test failed, for they only hold their places."""
    files = []
    for name, possible in points.items():
        cases = [abstract.TestCase(name, "", bool(worth), worth, None, None) for worth in (0, possible)]
        file = ExceptionTestFile(name, f"tests/{name}.py", cases, all_or_nothing=False)
        file.test_case_results = [abstract.TestCaseResult(case, "did not run", False) for case in cases]
        files.append(file)
    return GradingResults(files)


def shown(results):
    """The lines of Gradescope's results.json, by the name of the test."""
    content = results.to_gradescope_dict(AutograderConfig({"show_hidden": True}))
    return {test["name"]: test for test in content["tests"]}, content.get("output", "")


ADDED = NamedMistake("factor added", "The factor multiplies; yours is added.")
PARTLY = result_of(
    a_test("test_public", Verdict.FAILED, points=0, public=True),
    a_test("test_one", Verdict.PASSED),
    a_test("test_two", Verdict.PARTIAL, share=1 / 3, mistake=ADDED),
    a_test("test_three", Verdict.PASSED, question="shift"),
)


def test_scores_are_ours_to_the_last_third():
    results = otter_results(scale=4.0, shift=2.0)
    write_scores(PARTLY, results)
    assert (results.get_score("scale"), results.get_score("shift")) == (2 + 2 / 3, 2)
    assert (results.total, results.possible) == (pytest.approx(PARTLY.score, abs=1e-4), PARTLY.max_score)
    tests, output = shown(results)
    assert output == "4.6667 of 6 points"
    assert "factor added: The factor multiplies; yours is added." in tests["scale"]["output"]
    assert tests["scale"]["output"].count("a hint") == 1
    assert "did not run" not in str(tests)


def test_what_passes_passes_in_otter_and_the_sums_are_equal():
    thirds = [a_test(f"test_{i}", Verdict.PASSED, points=1 / 3) for i in range(7)]
    results = otter_results(scale=sum(1 / 3 for _ in thirds))
    write_scores(result_of(*thirds), results)
    assert results.total == results.possible  # otter assign demands it to the bit
    assert results.get_result("scale").passed_all


def test_a_mistake_of_ours_costs_nothing_and_is_said():
    results = otter_results(scale=4.0)
    tests = (
        a_test("test_one", Verdict.INTERNAL, message="this could not be judged"),
        a_test("test_two", Verdict.PASSED),
    )
    write_scores(result_of(*tests), results)
    assert results.get_score("scale") == 4
    tests, output = shown(results)
    assert "could not be graded (our mistake)" in tests["scale"]["output"]
    assert "All test cases passed" not in tests["scale"]["output"]
    assert "Not complete" in output


def test_points_that_the_master_changes_scale_ours():
    results = otter_results(scale=8.0, shift=1.0)
    write_scores(PARTLY, results)
    assert (results.get_score("scale"), results.get_score("shift")) == (pytest.approx(2 * (2 + 2 / 3)), 1)
    assert results.possible == 9


@pytest.mark.parametrize(("verdict", "score"), [(Verdict.FAILED, 0), (Verdict.INTERNAL, 4), (Verdict.PASSED, 4)])
def test_all_or_nothing_in_the_master_is_kept(verdict, score):
    results = otter_results(scale=4.0)
    results.get_result("scale").all_or_nothing = True
    write_scores(result_of(a_test("test_one", verdict), a_test("test_two", Verdict.PASSED)), results)
    assert results.get_score("scale") == score


@pytest.mark.parametrize("names", [{"scale": 4.0}, {"scale": 4.0, "shift": 2.0, "more": 1.0}, {}])
def test_tests_of_another_exam_are_an_error(names):
    with pytest.raises(CourseError, match="otter did not run the tests of this exam"):
        write_scores(PARTLY, otter_results(**names))


def test_a_kernel_that_failed_is_an_error_and_no_zero():
    with pytest.raises(CourseError, match="no kernel"):
        write_scores(PARTLY, GradingResults.without_results(RuntimeError("no kernel")))


def test_student_text_reaches_otter_without_control_characters():
    results = otter_results(scale=2.0)
    write_scores(result_of(a_test("test_one", Verdict.RAISED, message="\x1b[2Jgone\x07")), results)
    assert "gone" in str(shown(results)) and "\\x" not in str(shown(results)) and "\x1b" not in str(shown(results))


@pytest.fixture
def place(tmp_path):
    """The folders that otter makes for a submission."""
    for name in ("source/files", "submission/tests", "results"):
        (tmp_path / "autograder" / name).mkdir(parents=True)
    return tmp_path / "autograder"


def plugin(place, name="scaling.ipynb", **config):
    submission = place / "submission" / name
    submission.write_text("{}")
    return SandboxedGrading(str(submission), {}, config)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "it needs assignment"),
        ({"assignment": "06_scaling", "trust": True}, "has the settings assignment, trust"),
        ({"assignment": "06_scaling"}, "holds no exam of 06_scaling"),
    ],
)
def test_a_wrong_configuration_is_an_error(place, config, words):
    with pytest.raises(CourseError, match=words):
        plugin(place, **config).before_grading(None)


def test_nothing_is_executed_or_scored_that_was_not_graded(place):
    made = plugin(place, assignment="06_scaling")
    for event in (made.before_execution, made.after_grading):
        with pytest.raises(CourseError, match="was not graded"):
            event(None)


def test_only_the_submission_and_otters_tests_stay(place):
    folder = place / "submission"
    (folder / "scaling.ipynb").write_text("{}")
    (folder / ".OTTER_LOG").write_text("pickled")
    (folder / "otter").mkdir()
    (folder / "otter" / "__init__.py").write_text("")
    (folder / "elsewhere").symlink_to(place / "source")
    leave_only(folder / "scaling.ipynb")
    assert {path.name for path in folder.iterdir()} == {"scaling.ipynb", "tests"}
    assert (place / "source" / "files").is_dir()


def test_in_the_graders_kernel_the_public_tests_do_not_run():
    with pytest.raises(Diagnosis, match="not here"):
        check_question("scale", {GRADED: True})


@pytest.fixture
def package(tiny_course, tmp_path):
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    list(write_package([assignment], tmp_path / "out"))
    return assignment, tmp_path / "out"


def test_the_plugin_grades_what_the_package_holds(package, place):
    assignment, out = package
    (out / "06_scaling" / EXAM).rename(place / "source" / "files" / EXAM)
    made = plugin(place, "scaling.py", assignment="06_scaling", seed=3)
    (place / "submission" / "scaling.py").write_text("def scale(x, factor=2):\n    return x + factor\n")
    made.before_grading(None)
    cells = made.before_execution(None).cells
    assert [cell.source for cell in cells] == [f"{GRADED} = True"]
    assert "of" in made.generate_report() and "isolation" in made.generate_report()
    result = made._result
    assert "factor added" in {test.mistake.name for test in result.tests if test.mistake}


def test_a_second_release_writes_nothing_and_another_exam_is_refused(package):
    assignment, out = package
    assert list(write_package([assignment], out)) == []
    stale = out / "06_scaling" / EXAM / "autograder" / "06_scaling" / "test_old.py"
    stale.write_text("")
    with pytest.raises(CourseError, match="test_old.py: belongs to another version"):
        list(write_package([assignment], out))


def test_an_assignment_that_is_not_released_is_an_error(package):
    assignment, out = package
    (assignment.released / "public_answers.json").unlink()
    with pytest.raises(CourseError, match="run `convclass release` first"):
        list(write_package([assignment], out))


def test_the_master_checks_beside_the_notebook(package):
    _, out = package
    assert (out / "06_scaling" / FOLDER / "test_public.py").is_file()
    told = {}
    exec("def scale(x, factor=2):\n    return x + factor\n", told)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Diagnosis, match="This looks like factor added") as wrong:
        patch.chdir(out / "06_scaling")
        check_question("scale", told)
    assert "1 of 1" not in str(wrong.value) and "<" not in str(wrong.value)
