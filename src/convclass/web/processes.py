"""What runs in each process of the tool. Each opens the database for itself: no connection crosses a fork."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

from convclass.web.database import Database
from convclass.web.settings import Settings

_WORKERS, _THREADS = 2, 8
_NICE = 10


def run_web(settings: Settings, host: str, port: int) -> None:
    """Serve the pages, by gunicorn."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _gunicorn(host, port).items():
                if name in self.cfg.settings:  # some are of newer versions only
                    self.cfg.set(name, value)

        def load(self) -> Any:
            from convclass.web.app import create_app

            return create_app(settings, Database(settings.database))

    Server().run()


def run_grader(settings: Settings) -> None:
    """Grade what waits. It is nice: pages go first."""
    from convclass.web.grader import AttemptGrader, WarmGrader

    _log_to_stderr("grader")
    with suppress(OSError):
        os.nice(_NICE)
    signal.signal(signal.SIGTERM, _exit)
    grade = WarmGrader(settings)
    try:
        AttemptGrader(Database(settings.database), grade).run(threading.Event())
    finally:
        grade.close()


def run_returner(settings: Settings) -> None:
    """Send the grades to the platforms."""
    from convclass.web.returner import Returner
    from convclass.web.services import Services

    _log_to_stderr("returner")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, _setting(stop))
    database = Database(settings.database)
    Returner(database, Services(database, settings)).run(stop)


def _gunicorn(host: str, port: int) -> dict[str, Any]:
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": _WORKERS,
        "worker_class": "gthread",
        "threads": _THREADS,
        "timeout": 60,
        "graceful_timeout": 15,
        "keepalive": 5,
        "loglevel": "warning",
        "proc_name": "convclass",
        "post_fork": _after_fork,
        "post_worker_init": _warm_up,
        "control_socket_disable": True,
    }


def _after_fork(arbiter: Any, _worker: Any) -> None:
    from convclass.sandbox.lockdown import die_with

    die_with(arbiter.pid)


def _warm_up(_worker: Any) -> None:
    """Import what quizzes are drawn with, so that the first student who opens one does not wait for it."""
    threading.Thread(target=import_module, args=("torch",), daemon=True).start()


def _exit(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _setting(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    return lambda _number, _frame: stop.set()


def _log_to_stderr(name: str) -> None:
    logging.basicConfig(level=logging.WARNING, format=f"%(asctime)s {name} %(levelname)s %(message)s")
