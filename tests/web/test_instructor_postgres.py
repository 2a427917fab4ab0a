"""The instructor's changes once more, on PostgreSQL: locks and SQL are others there."""

from __future__ import annotations

import pytest
from web.test_instructor import (  # noqa: F401  fixtures and tests that are run again
    quiz_world,
    teacher,
    test_a_quiz_score_by_hand,
    test_a_score_by_hand,
    test_an_extension,
    test_exports,
    test_grading_again,
    test_leaving_a_question_out_and_bringing_it_back,
    test_names_and_files_are_hostile,
    test_sending_again,
    test_settings,
    test_the_class_page_of_a_quiz,
    test_the_log_as_a_table,
    test_two_instructors_at_once,
    test_what_cannot_be_seen_is_not_kept,
    test_who_left_is_listed_with_work_only,
)

from convclass.web.database import Database


@pytest.fixture
def database(postgres):
    url = postgres.new_database()
    database = Database(url)
    yield database
    database.close()
    postgres.drop(url)
