"""Grading inside `nbgrader autograde`: the sandbox grades the notebook as handed in, and no cell of it is run.

nbgrader runs student code and tests in one kernel, where the one can change the other, with the instructor's rights.
Here its Execute step is replaced, and what comes before is made to bear any notebook a student can hand in. Assignments
of the same course that ConvClass did not make go nbgrader's own way.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TextIO

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Unicode

from convclass.course import Assignment, CourseError
from convclass.exam.results import SubmissionResult
from convclass.gradebook.nbgrader import score_of, write_comments
from convclass.grading.restore import restore, without_id
from convclass.grading.single import Grader
from convclass.nbgrader_course import EXAMS, SCORE_IMPORT, question_of
from convclass.report.cells import overview_html, overview_text, question_html, question_text, score_html
from convclass.report.summary import QuestionSummary, questions
from convclass.report.text import terminal

Resources = dict[str, Any]
Step = tuple[NotebookNode, Resources]

_CHANGES = "convclass_changes"
_RESULT = "convclass_result"


def configure(config: Any, root: Path) -> None:
    """Settings for an nbgrader course in the folder `root`: `nbgrader autograde` grades as `convclass grade` does."""
    config.CourseDirectory.root = str(root.resolve())
    config.Autograde.exporter_class = SubmissionExporter
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        RestoreCells,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        GradeNotebook,
        IgnorePattern,
        LimitOutput,
        SaveAutoGrades,
        SaveReview,
        AssignLatePenalties,
        CheckCellMetadata,
    ]


class SubmissionExporter(NotebookExporter):
    """Reads notebooks as handed in; from a damaged one nbgrader goes on with an empty one in its place."""

    def from_file(self, file_stream: TextIO, resources: Resources | None = None, **options: Any) -> Any:
        """Convert the notebook in `file_stream`."""
        resources = {} if resources is None else resources
        try:
            notebook = nbformat.read(file_stream, as_version=4)
            nbformat.validate(notebook)
        except Exception as problem:  # whatever a student's file brings about must not end the class
            if not _is_ours(resources):
                raise
            self.log.warning("%s: damaged: %s", resources["nbgrader"]["student"], type(problem).__name__)
            notebook = v4.new_notebook()
            resources[_CHANGES] = ["The notebook is damaged, so that its cells cannot be shown here."]
        return self.from_notebook_node(notebook, resources, **options)  # type: ignore[no-untyped-call]


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Gives nbgrader's cells the marks, types and locked sources that they were handed out with."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Step:
        """Restore the notebook; what had to be changed is kept in its metadata, for the feedback."""
        if not _is_ours(resources):
            return nb, resources
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            nb, changes = restore(nb, gradebook.find_notebook(about["notebook"], about["assignment"]))
        nb.metadata["convclass"] = {"changes": [*resources.get(_CHANGES, []), *changes]}
        return nb, resources


class GradeNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """Grades the notebook as handed in, and puts each question's points and diagnosis into its check cell."""

    device = Unicode("cpu", help="Where the hidden tests run: cpu or cuda.").tag(config=True)
    min_isolation = Unicode(
        "", help="Refuse to grade with weaker isolation, A to E; default: B, C in a container."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Step:
        """Grade, and write the outputs. Raises CourseError when there is no exam or no sandbox."""
        if not _is_ours(resources):
            nb, resources = Execute(parent=self.parent)(nb, resources)
            return nb, resources
        about, course = resources["nbgrader"], self.parent.parent.coursedir
        grader = _grader(about["assignment"], Path(course.root), self.device, self.min_isolation)
        submitted = course.format_path(course.submitted_directory, about["student"], about["assignment"])
        result = grader.grade(Path(submitted) / f"{about['notebook']}.ipynb", about["student"])
        for warning in result.warnings:  # for the instructor alone, such as suspicious source
            self.log.warning("%s: %s", about["student"], " ".join(terminal(warning).split()))
        resources[_RESULT] = result
        fill_in(nb, result)
        return nb, resources


class SaveReview(NbGraderPreprocessor):  # type: ignore[misc]
    """Comments on every question, and asks for a person where we could not judge.

    It comes after SaveAutoGrades, which takes any cell without an output for a cell that passed.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Step:
        """Write comments and requests for a person into the gradebook."""
        if _RESULT not in resources:
            return nb, resources
        about, result = resources["nbgrader"], resources[_RESULT]
        with Gradebook(about["db_url"]) as gradebook:
            submitted = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
            review(submitted, questions(result.tests))
            gradebook.db.commit()
        return nb, resources


def _is_ours(resources: Resources) -> bool:
    """Whether ConvClass made the assignment, by the hidden calls that the gradebook has kept of its check cells."""
    about = resources["nbgrader"]
    with Gradebook(about["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(about["notebook"], about["assignment"])
        return any(SCORE_IMPORT in (cell.source or "") for cell in notebook.source_cells)


@cache
def _grader(assignment: str, root: Path, device: str, min_isolation: str) -> Grader:
    """The grader of an assignment, with its exam and sandbox warm for all notebooks of one command."""
    folder = root / EXAMS
    if not (folder / "autograder" / assignment).is_dir():
        raise CourseError(f"{folder}: holds no exam of {assignment}; run `convclass release --to nbgrader` again")
    return Grader(Assignment(assignment, folder), device=device, min_isolation=min_isolation or None)


def fill_in(nb: NotebookNode, result: SubmissionResult) -> None:
    """Give the notebook's cells their outputs, and no others: points and diagnosis by question, an overview on top.

    Raises CourseError when the points of a cell are not those of the exam.
    """
    by_name = {question.name: question for question in questions(result.tests)}
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            marks = cell.metadata.get("nbgrader", {})
            question = by_name.get(question_of(marks.get("grade_id", "")))
            if marks.get("grade") and question is not None:
                _demand_points(question, marks["points"], result.assignment)
                cell.outputs = _outputs(question, result)
    changes = tuple(nb.metadata.get("convclass", {}).get("changes", ()))
    nb.cells.insert(0, _overview(nb, result, changes))


def review(submitted: Any, summaries: tuple[QuestionSummary, ...]) -> None:
    """Comment on a submitted notebook of the gradebook, and ask for a person for what no exam of ours judged."""
    by_name = {question.name: question for question in summaries}
    for grade in submitted.grades:
        if question_of(grade.name) not in by_name and grade.cell.cell_type == "code":
            grade.auto_score, grade.needs_manual_grade = None, True
        elif question_of(grade.name) in by_name and not by_name[question_of(grade.name)].complete:
            grade.needs_manual_grade = True
    write_comments(submitted, summaries)


def _demand_points(question: QuestionSummary, points: float, assignment: str) -> None:
    if points != question.points:
        raise CourseError(
            f"{assignment}: {question.name} carries {points:g} points in the gradebook and {question.points:g} in the "
            "exam; run `convclass release --to nbgrader` and `nbgrader generate_assignment` again"
        )


def _outputs(question: QuestionSummary, result: SubmissionResult) -> list[NotebookNode]:
    """The diagnosis, then the points as the cell's value, which is what nbgrader reads."""
    shown = {"text/html": question_html(question, result), "text/plain": question_text(question)}
    value = {"text/html": score_html(question), "text/plain": repr(score_of(question))}
    return [
        v4.new_output("display_data", data=shown),
        v4.new_output("execute_result", data=value, execution_count=None),
    ]


def _overview(nb: NotebookNode, result: SubmissionResult, changes: tuple[str, ...]) -> NotebookNode:
    shown = {"text/html": overview_html(result, changes), "text/plain": overview_text(result, changes)}
    output = v4.new_output("display_data", data=shown)
    cell = v4.new_code_cell("# Graded by ConvClass", outputs=[output])
    return without_id(cell, nb)
