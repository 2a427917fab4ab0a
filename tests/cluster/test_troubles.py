"""Everything about a cluster but the exam itself: who cannot grade, whose worker dies, where the course goes.

Workers run stand-ins for exam and sandbox, which need neither torch nor bubblewrap.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pytest
from cluster.running import RunningCluster, free_port, wait_for
from distributed import Client
from grading.fake_work import WORK
from tinycourse import write_tiny_course
from web.tls import certificate

from convclass.course import Assignment, CourseError, find_assignment
from convclass.exam.results import SubmissionResult
from convclass.exam.version import exam_version
from convclass.grading import worker
from convclass.grading.cluster import Cluster
from convclass.grading.cluster_worker import FETCHED, SentCourse, on_worker
from convclass.grading.parcel import parcel, unpacked
from convclass.grading.pool import LostError, WorkerPool
from convclass.grading.submissions import Submission
from convclass.grading.worker import GradingConfig

NAMES = [f"s{number}" for number in range(12)]


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    found = Assignment("01_convolution", tmp_path / "course")
    for folder in (found.autograder, found.released):
        folder.mkdir(parents=True)
    (found.autograder / "test_hidden.py").write_text("# the exam")
    (found.released / "test_public.py").write_text("# public tests\n")
    return found


def submission(student: str, said: str = "right") -> Submission:
    return Submission(student, student, "convolution.py", said.encode())


def pool(
    assignment: Assignment,
    address: str,
    *,
    device: str = "cpu",
    version: str = "",
    grace: float = 30.0,
    patience: float = 90.0,
) -> WorkerPool:
    config = GradingConfig(assignment.course, assignment.name, version or exam_version(assignment), 7, device)
    there = Cluster(address, assignment, device, grace=grace, patience=patience)
    return WorkerPool(config, 1, there.work(WORK), there.executor, working=there.working)


def graded(
    workers: WorkerPool, submissions: list[Submission], each: Callable[[int], None] = lambda done: None
) -> dict[str, SubmissionResult]:
    """Everybody's result; `each` hears how many there are by now. Fails when one comes twice."""
    results: dict[str, SubmissionResult] = {}
    with workers:
        for one, result in workers.grade(submissions):
            assert one.student not in results, f"{one.student} is graded twice"
            results[one.student] = result
            each(len(results))
    return results


def fetched(cluster: RunningCluster) -> list[str]:
    """By which workers the course was fetched, each time."""
    with Client(cluster.address, set_as_default=False) as client:
        return [event["worker"] for _, event in client.get_events(FETCHED)]


@pytest.mark.slow
def test_the_course_travels_once_to_each_machine(assignment: Assignment, cluster: RunningCluster) -> None:
    everybody = [submission(name, "right slow") for name in NAMES]
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    for _ in range(2):
        results = graded(pool(assignment, cluster.address), everybody)
        assert {name: result.score for name, result in results.items()} == dict.fromkeys(NAMES, 2.0)
    places = fetched(cluster)
    assert len(places) == len(set(places)) == 2
    cluster.start_worker("again", TMPDIR=str(cluster.folder / "tmp-one"))  # on the machine of the first
    for name in ("one", "two"):
        cluster.kill(name)
    assert len(graded(pool(assignment, cluster.address), everybody)) == len(NAMES)
    assert fetched(cluster) == places
    (assignment.autograder / "test_hidden.py").write_text("# the exam, changed")
    assert len(graded(pool(assignment, cluster.address), everybody)) == len(NAMES)
    assert len(fetched(cluster)) == 3


def test_on_a_worker_the_course_is_for_its_user_alone(assignment: Assignment, cluster: RunningCluster) -> None:
    cluster.kill("two")
    graded(pool(assignment, cluster.address), [submission("ann")])
    cache = cluster.folder / "tmp-one" / f"convclass-{os.getuid()}"
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert [path.read_text() for path in cache.rglob("test_hidden.py")] == ["# the exam"]
    assert not list(cache.glob(".new-*"))


def all_right(results: dict[str, SubmissionResult]) -> bool:
    """Whether every student has a whole result with all points."""
    scores = {name: result.score for name, result in results.items() if result.complete}
    return scores == dict.fromkeys(NAMES, 2.0)


def test_a_worker_is_killed_half_way(assignment: Assignment, cluster: RunningCluster) -> None:
    def kill_one(done: int) -> None:
        if done == 3:
            cluster.kill("one")

    results = graded(pool(assignment, cluster.address), [submission(name, "right slow") for name in NAMES], kill_one)
    assert all_right(results)


def test_the_scheduler_is_started_again_half_way(assignment: Assignment, cluster: RunningCluster) -> None:
    def restart(done: int) -> None:
        if done == 3:
            cluster.kill("scheduler")
            cluster.start_scheduler()
            cluster.start_worker("three")

    results = graded(pool(assignment, cluster.address), [submission(name, "right slow") for name in NAMES], restart)
    assert all_right(results)


def test_a_scheduler_that_does_not_come_back(assignment: Assignment, cluster: RunningCluster) -> None:
    def kill(done: int) -> None:
        if done == 3:
            cluster.kill("scheduler")

    with pytest.raises(CourseError, match=r"no Dask scheduler answers within 3 s .* What is graded is kept"):
        graded(
            pool(assignment, cluster.address, patience=3.0), [submission(name, "right slow") for name in NAMES], kill
        )


def test_workers_that_do_not_come_back(assignment: Assignment, cluster: RunningCluster) -> None:
    def kill(done: int) -> None:
        if done == 3:
            cluster.kill("one")
            cluster.kill("two")

    with pytest.raises(CourseError, match=r"no workers; start some with .*, for 3 s now. What is graded is kept"):
        graded(
            pool(assignment, cluster.address, patience=3.0), [submission(name, "right slow") for name in NAMES], kill
        )


@pytest.mark.slow
def test_a_submission_that_kills_every_worker_costs_the_others_nothing(
    assignment: Assignment, stopped: RunningCluster
) -> None:
    stopped.settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}  # not its 3, for speed
    stopped.start_scheduler()
    for name in ("one", "two"):
        stopped.start_worker(name, "--nanny")  # which starts a worker again that died
    said = dict.fromkeys(NAMES, "right") | {"s4": "die"}
    results = graded(pool(assignment, stopped.address), [submission(*item) for item in said.items()])
    killer = results.pop("s4")
    assert not killer.complete and killer.score == killer.max_score
    assert killer.warnings == ("the worker process died every time it graded this submission",)
    assert {name: result.score for name, result in results.items()} == dict.fromkeys(results, 2.0)
    assert all(result.complete for result in results.values()) and len(results) == len(NAMES) - 1


def refused(assignment: Assignment, address: str, **options: Any) -> str:
    started = time.monotonic()
    with pytest.raises(CourseError) as told:
        graded(pool(assignment, address, **options), [submission("ann")])
    assert time.monotonic() - started < 60
    return str(told.value)


def test_nobody_answers(assignment: Assignment) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    assert refused(assignment, address, grace=1.0).startswith(f"{address}: no Dask scheduler answers within 1 s")


@pytest.mark.parametrize("address", ["nonsense://127.0.0.1:1", "tls://127.0.0.1:1"])
def test_addresses_that_are_none(address: str, assignment: Assignment) -> None:
    assert f"{address}: " in refused(assignment, address, grace=1.0)


def test_a_scheduler_without_workers_or_without_the_right_ones(
    assignment: Assignment, stopped: RunningCluster, tmp_path: Path
) -> None:
    stopped.start_scheduler()
    assert "has no workers; start some with `dask worker ADDRESS" in refused(assignment, stopped.address, grace=2.0)
    about = tmp_path / "other" / "torch-1.0.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.1\nName: torch\nVersion: 1.0\n")
    path = os.pathsep.join([str(about.parents[1]), os.environ.get("PYTHONPATH", "")])
    stopped.start_worker("other", PYTHONPATH=path)
    with Client(stopped.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
    told = refused(assignment, stopped.address)
    assert "has torch 1.0 and not " in told and told.endswith("; install the same there as here")
    assert "no worker has a GPU to offer" in refused(assignment, stopped.address, device="cuda", grace=2.0)


def test_a_worker_with_another_engine(assignment: Assignment, cluster: RunningCluster) -> None:
    told = refused(assignment, cluster.address, version="of another convclass")
    assert "and not of another convclass: another convclass is installed there" in told


def test_calls_for_a_gpu_go_to_workers_that_have_one(assignment: Assignment, cluster: RunningCluster) -> None:
    cluster.start_worker("gpu", "--no-nanny", "--resources", "GPU=1")
    results = graded(pool(assignment, cluster.address, device="cuda"), [submission(name) for name in NAMES])
    assert len(results) == len(NAMES)
    assert (cluster.folder / "tmp-gpu" / f"convclass-{os.getuid()}").exists()
    assert not list(cluster.folder.glob("tmp-one/convclass-*")) + list(cluster.folder.glob("tmp-two/convclass-*"))


def test_over_tls(assignment: Assignment, stopped: RunningCluster, tmp_path: Path) -> None:
    pem = str(certificate(tmp_path, "localhost"))
    names = ["ca-file", *(f"{role}.cert" for role in ("scheduler", "worker", "client"))]
    settings = {f"distributed.comm.tls.{name}": pem for name in names}
    stopped.protocol = "tls"
    stopped.settings = {f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": pem for key in settings}
    stopped.start_scheduler()
    stopped.start_worker("one")
    with dask.config.set(settings):
        assert len(graded(pool(assignment, stopped.address), [submission("ann")])) == 1
    assert refused(assignment, stopped.address, grace=1.0).startswith(f"{stopped.address}: ")  # without certificate


DISTRIBUTED_IS_MISSING = """
import sys
import convclass.cli.app, convclass.grading.run
assert "distributed" not in sys.modules and "dask" not in sys.modules
sys.modules["distributed"] = None
from convclass.course import CourseError
try:
    import convclass.grading.cluster
except CourseError as told:
    print(told)
"""


def test_who_has_no_cluster_needs_no_dask() -> None:
    told = subprocess.run([sys.executable, "-c", DISTRIBUTED_IS_MISSING], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("--cluster needs Dask") and "pip install 'convclass[cluster]'" in told.stdout


def test_a_parcel_holds_what_grading_needs_and_is_the_same_everywhere(tiny_course: Path, tmp_path: Path) -> None:
    course = find_assignment(tiny_course, "06")
    (course.autograder / "sample_class").mkdir()
    (course.autograder / "sample_class" / "ann.py").write_text("")
    sent = parcel(course)
    again = find_assignment(write_tiny_course(tmp_path / "elsewhere"), "06")
    assert parcel(again) == sent
    (again.autograder / "reference.py").write_text("# changed")
    assert parcel(again) != sent


def test_a_parcel_is_checked_and_its_folder_is_ours_alone(
    assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sent = parcel(assignment)
    sha256 = hashlib.sha256(sent).hexdigest()
    with pytest.raises(CourseError, match="is not the one that was sent"):
        unpacked(sha256, lambda: sent + b"x")
    course = unpacked(sha256, lambda: sent)
    assert exam_version(Assignment(assignment.name, course)) == exam_version(assignment)
    assert unpacked(sha256, lambda: pytest.fail("fetched twice")) == course
    course.parent.chmod(0o755)
    with pytest.raises(CourseError, match="is not a folder of this user alone"):
        unpacked(sha256, lambda: sent)
    course.parent.rename(tmp_path / "moved")
    (tmp_path / course.parent.name).symlink_to(tmp_path / "moved")
    with pytest.raises(CourseError, match="is not a folder of this user alone"):
        unpacked(sha256, lambda: sent)


@pytest.fixture
def at_work(
    assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[SentCourse, GradingConfig]:
    """A course that has come to this process, as if it were a worker."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sent = parcel(assignment)
    sha256 = hashlib.sha256(sent).hexdigest()
    unpacked(sha256, lambda: sent)
    config = GradingConfig(assignment.course, assignment.name, exam_version(assignment), 7)
    return SentCourse(sha256, "", ()), config


def test_a_worker_with_many_threads_grades_one_at_a_time(at_work: tuple[SentCourse, GradingConfig]) -> None:
    inside: list[int] = []

    def grade(config: GradingConfig) -> int:
        inside.append(1)
        time.sleep(0.05)
        most = len(inside)
        inside.pop()
        return most

    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(on_worker, at_work[0], grade, at_work[1]) for _ in range(4)]
    assert [call.result() for call in calls] == [1] * 4


def test_a_worker_keeps_the_sandbox_of_one_exam(
    at_work: tuple[SentCourse, GradingConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(worker, "end_sandbox", lambda config: ended.append(config.seed))
    for seed in (11, 11, 12, 11):
        on_worker(at_work[0], lambda config: None, replace(at_work[1], seed=seed))
    assert [seed for seed in ended if seed in (11, 12)] == [11, 12]


def test_an_executor_that_is_shut_down_leaves_no_call_unfinished(
    assignment: Assignment, cluster: RunningCluster
) -> None:
    executor = Cluster(cluster.address, assignment, "cpu").executor(1)
    calls: list[Future[None]] = [executor.submit(time.sleep, 5) for _ in range(6)]
    executor.shutdown(wait=False, cancel_futures=True)
    assert all(isinstance(call.exception(timeout=0), LostError) for call in calls)
    with Client(cluster.address, set_as_default=False) as client:
        wait_for(lambda: sum(map(len, client.processing().values())) <= 2, "what nobody began is taken back")
    assert isinstance(executor.submit(time.sleep, 5).exception(timeout=5), LostError)
