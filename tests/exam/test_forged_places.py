"""Of a hidden case nothing is told that the student's process wrote: not by way of a traceback either."""

import pytest

from convclass.exam.wording import of_reply
from convclass.sandbox.reply import Frame, Raised


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("a.py", 7, "raised ValueError on line 7"),
        ("a.ipynb, code cell 3", 2, "raised ValueError on line 2 of code cell 3"),
        ("cell SECRET", 7, "raised ValueError on line 7"),
        ("SECRET, code cell 3", 7, "raised ValueError on line 7 of code cell 3"),
        ("code cell 12345678901234567890", 7, "raised ValueError on line 7"),
        ("a.py", 10**17, "raised ValueError"),
        ("a.py", -5, "raised ValueError"),
    ],
)
def test_only_what_is_a_place_is_repeated(file, line, told):
    raised = Raised("ValueError", "SECRET", ("Exception",), (Frame(file, line, "SECRET", "SECRET"),), (), "SECRET")
    assert of_reply("f", raised, public=False)[1] == told


def test_only_a_function_of_the_file_is_said_to_be_missing():
    frame = Frame("a.py", 7, "SECRET", "raise NotImplementedError")
    raised = Raised("NotImplementedError", "SECRET", ("Exception",), (frame,))
    assert of_reply("f", raised, public=False, known=("g",))[1] == "it calls something, which is not written yet"
    assert of_reply("f", raised, public=False, known=("SECRET",))[1] == "it calls SECRET, which is not written yet"
