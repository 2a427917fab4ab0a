"""kill -9 and Ctrl-C at random moments of a class run: nothing graded is lost, nothing twice, the next run goes on."""

import random
import shutil
import sqlite3

import pytest
from faults.injector import Injector

KILLS = 200


@pytest.mark.slow
def test_two_hundred_random_kill_points(tmp_path):
    seed = random.SystemRandom().getrandbits(32)
    injector = Injector(tmp_path, 40, random.Random(seed))
    try:
        while injector.killed < KILLS:
            injector.kill_somebody()
    finally:
        injector.close()
        print(f"seed {seed}: {injector.kills}, {injector.finished} runs went through, {injector.rounds} classes")
    assert injector.kills["grader"] > KILLS / 4 and injector.kills["worker"] > 5
    assert injector.finished > 5


@pytest.fixture(scope="module")
def after_a_kill(tmp_path_factory):
    """A class of which some are graded."""
    injector = Injector(tmp_path_factory.mktemp("killed"), 20, random.Random(1))
    while not 0 < len(injector.committed) < injector.size:
        injector.kill_somebody()
    yield injector
    injector.close()


@pytest.mark.parametrize(
    "harm",
    [
        "delete from grades where id = (select min(id) from grades)",
        "update grades set score = score + 1",
        "update grades set graded_at = '2020-01-01 00:00:00.000000'",
    ],
)
def test_a_grade_that_is_lost_or_changed_would_be_noticed(harm, after_a_kill, tmp_path):
    """The control: the injector's own checks fail where something is wrong."""
    shutil.copytree(after_a_kill.out, tmp_path / "whole")
    with sqlite3.connect(after_a_kill.out / "gradebook.db") as database:
        database.execute(harm)
    database.close()
    with pytest.raises(AssertionError, match="lost or graded again"):
        after_a_kill.check()
    shutil.rmtree(after_a_kill.out)
    (tmp_path / "whole").rename(after_a_kill.out)
    after_a_kill.check()


def test_grading_twice_would_be_noticed(after_a_kill):
    student = next(iter(after_a_kill.committed))
    with (after_a_kill.folder / "course" / "calls.txt").open("a") as file:
        file.write(f"1 {student}\n")
    with pytest.raises(AssertionError, match="graded again"):
        after_a_kill.check()
