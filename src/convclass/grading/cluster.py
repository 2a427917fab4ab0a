"""Grading on a Dask cluster: a way there, and an executor whose calls run on its workers."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

from convclass.course import Assignment, CourseError
from convclass.grading.cluster_worker import PACKAGES, SentCourse, graded_with, on_worker
from convclass.grading.parcel import parcel
from convclass.grading.pool import LostError, Work

try:
    from distributed import Client, KilledWorker, Variable
except ImportError as missing:
    raise CourseError(f"--cluster needs Dask ({missing}); pip install 'convclass[cluster]'") from None

_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 10.0
_RESULT_SECONDS = 120.0


class WorkerKilled(BrokenExecutor):
    """A call whose worker died each time; Dask gave up after as many tries as its scheduler allows."""


class Cluster:
    """A Dask cluster that grades one assignment; `executor` and `work` are for a WorkerPool.

    `grace` is how many seconds the scheduler and a worker may take to answer at first, `patience` the same after they
    were there once: a scheduler takes its time to start again, and a batch system to give new workers.
    """

    def __init__(
        self, address: str, assignment: Assignment, device: str, *, grace: float = 15.0, patience: float = 600.0
    ) -> None:
        self._address, self._grace, self._patience = address, grace, patience
        self._resources = {"GPU": 1} if device == "cuda" else {}
        self._course = parcel(assignment)
        self._variable = f"convclass-{uuid.uuid4().hex}"
        self._executor: ClusterExecutor | None = None

    def executor(self, jobs: int) -> Executor:
        """A new connection. Raises CourseError, naming the remedy, where this cluster cannot grade."""
        seconds = self._patience if self._executor else self._grace
        until = time.monotonic() + seconds
        while True:
            try:
                self._executor = self._connected(until)
                return self._executor
            except OSError as error:
                if time.monotonic() > until:
                    raise CourseError(
                        f"{self._address}: no Dask scheduler answers within {seconds:g} s ({error}); start one with "
                        "`dask scheduler`, or look up its address. What is graded is kept"
                    ) from None
                time.sleep(0.1)

    def working(self) -> int:
        """How many workers there are that can grade."""
        return max(1, self._executor.working) if self._executor else 1

    def work(self, work: Work) -> Work:
        """The same work, done on the workers with the course as it came to them."""
        versions = tuple(sorted(_own_versions().items()))
        sent = SentCourse(hashlib.sha256(self._course).hexdigest(), self._variable, versions)
        return Work(partial(on_worker, sent, work.describe), partial(on_worker, sent, work.grade))

    def _connected(self, until: float) -> ClusterExecutor:
        client = _client(self._address, max(1.0, until - time.monotonic()))
        try:
            working = self._wait_for_worker(client, until)
            _check_versions(client)
            course = Variable(self._variable, client=client)
            course.set(self._course)
            return ClusterExecutor(client, course, self._resources, working, self._patience)
        except BaseException:
            _close(client)
            raise

    def _wait_for_worker(self, client: Client, until: float) -> int:
        while not (found := _working(client, self._resources)):
            if client.status != "running":
                raise OSError("the connection ended")
            if time.monotonic() > until:
                raise CourseError(f"{self._address}: {_no_worker(self._resources)}")
            time.sleep(0.1)
        return found


class ClusterExecutor(Executor):
    """Calls run on the workers of a Dask cluster; see WorkerPool for how futures fail.

    Dask's own executor is not used: a result whose fetching fails would leave its future unfinished for ever, and who
    waits for it too (distributed 2026.8, cfexecutor.py).
    """

    def __init__(
        self, client: Client, course: Variable, resources: Mapping[str, int], working: int, patience: float
    ) -> None:
        self.working = working
        self._client, self._course, self._resources, self._patience = client, course, resources, patience
        self._unfinished: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._done: SimpleQueue[tuple[Future[Any], Any] | None] = SimpleQueue()
        for does in (self._keep_watch, self._fetch):
            threading.Thread(target=does, daemon=True, name="convclass-cluster").start()

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Have a worker do the call."""
        future: Future[Any] = Future()
        with self._lock:
            self._unfinished.add(future)
        try:
            asked = self._client.submit(call, *arguments, **keywords, pure=False, resources=dict(self._resources))
            asked.add_done_callback(lambda done: self._done.put((future, done)))
        except Exception as error:  # the connection ended just now, which Dask tells in several ways
            self._finish([future], error=LostError(str(error)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the connection. What no worker has begun is cancelled there, unless it is waited for."""
        if wait and not cancel_futures:
            self._wait()
        if self._over.is_set():
            return
        self._over.set()
        self._done.put(None)
        self._lose("the connection was ended")
        if self._client.status == "running":
            with suppress(Exception):  # out of reach: then there is nothing to remove
                self._course.delete()
            _close(self._client)
        else:  # it would go on looking for its scheduler for a while
            threading.Thread(target=_close, args=(self._client,), daemon=True).start()

    def _wait(self) -> None:
        with self._lock:
            unfinished = set(self._unfinished)
        wait(unfinished)

    def _fetch(self) -> None:
        """Fetch results as they are done. Not in Dask's thread for callbacks, which all connections share.

        A connection that ends while it is asked for a result never answers.
        """
        while (done := self._done.get()) is not None:
            self._answer(*done)

    def _answer(self, future: Future[Any], asked: Any) -> None:
        try:
            value = asked.result(timeout=_RESULT_SECONDS)
        except KilledWorker as error:
            self._finish([future], error=WorkerKilled(str(error)))
        except BaseException as error:  # also CancelledError, which is no Exception
            failed = asked.status == "error" and isinstance(error, Exception)
            self._finish([future], error=error if failed else LostError(str(error)))
        else:
            self._finish([future], value)

    def _finish(self, futures: Iterable[Future[Any]], value: Any = None, error: BaseException | None = None) -> None:
        for future in futures:
            with self._lock:
                if future not in self._unfinished:
                    continue
                self._unfinished.discard(future)
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)

    def _lose(self, why: str) -> None:
        with self._lock:
            unfinished = list(self._unfinished)
        self._finish(unfinished, error=LostError(why))

    def _keep_watch(self) -> None:
        """Count the workers; give up where there is none for too long, or where Dask gave up."""
        seen = time.monotonic()
        while not self._over.wait(_LOOK_SECONDS):
            if self._client.status == "closed":
                self._lose("the scheduler is out of reach")
                continue
            with suppress(Exception):  # the scheduler is away; the client says so when it is sure
                self.working = _working(self._client, self._resources)
            if self.working:
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                self._give_up()

    def _give_up(self) -> None:
        told = f"{_no_worker(self._resources)}, for {self._patience:g} s now. What is graded is kept"
        with self._lock:
            unfinished = list(self._unfinished)
        self._finish(unfinished, error=CourseError(told))


def _client(address: str, seconds: float) -> Client:
    # Dask would write about every lost connection into the midst of the progress bar; what matters, we tell.
    for logger in ("distributed", "distributed.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=seconds, set_as_default=False, name="convclass")
    except OSError:
        raise
    except (ValueError, TypeError, RuntimeError, ImportError) as error:
        raise CourseError(f"{address}: Dask cannot connect to this ({error}); an address is tcp://HOST:PORT") from None


def _close(client: Client) -> None:
    with suppress(Exception):  # a scheduler that is gone hears no farewell
        client.close(timeout=_CLOSE_SECONDS)


def _working(client: Client, resources: Mapping[str, int]) -> int:
    """How many workers there are that offer what is needed."""
    workers = client.scheduler_info(n_workers=-1).get("workers", {}).values()
    return sum(all(w.get("resources", {}).get(name, 0) >= n for name, n in resources.items()) for w in workers)


def _no_worker(resources: Mapping[str, int]) -> str:
    if resources:
        return "no worker has a GPU to offer; start some with `dask worker ADDRESS --nthreads 1 --resources GPU=1`"
    return "the scheduler has no workers; start some with `dask worker ADDRESS --nthreads 1`"


def _own_versions() -> dict[str, str]:
    from distributed.versions import get_package_info

    return graded_with(get_package_info(PACKAGES))


def _check_versions(client: Client) -> None:
    """Raise CourseError where a worker has another version than we of what grades depend on."""
    own = _own_versions()
    versions: Any = client.get_versions(packages=list(PACKAGES))
    for address, about in sorted(versions["workers"].items()):
        theirs = graded_with(about["packages"])
        other = [f"{name} {theirs[name]} and not {own[name]}" for name in own if theirs[name] != own[name]]
        if other:
            raise CourseError(f"worker {address} has {', '.join(other)}; install the same there as here")
