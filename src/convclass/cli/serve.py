"""`convclass serve`: the LTI tool, with all its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convclass.cli.grade import Device, Isolation
from convclass.course import CourseError

if TYPE_CHECKING:
    from convclass.web.settings import Settings


def serve(
    url: Annotated[
        str, typer.Option("--url", envvar="CONVCLASS_URL", help="Where browsers reach it, as https://lti.example.edu.")
    ],
    database: Annotated[
        str, typer.Option("--database", envvar="CONVCLASS_DATABASE", help="SQLite file, or postgresql+psycopg://… URL.")
    ] = "convclass-tool.db",
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Submissions graded side by side.")] = 1,
    device: Annotated[Device, typer.Option("--device", help="Where the hidden tests run.")] = Device.CPU,
    min_isolation: Annotated[
        Isolation | None,
        typer.Option("--min-isolation", help="Refuse to grade with weaker isolation; default: B, C in a container."),
    ] = None,
) -> None:
    """Serve the course as an LTI 1.3 tool: pages, graders, and the return of grades.

    It speaks HTTP and belongs behind a reverse proxy that does TLS for --url. The proxy needs to pass on nothing but
    the request: links and cookies follow --url, never Host or X-Forwarded-*. Ctrl-C or SIGTERM ends it in order;
    killed at any point, it goes on from there when it is started again.
    """
    _need_parts()
    from convclass.course import find_course
    from convclass.web.settings import Settings

    least = min_isolation.value if min_isolation else None
    settings = Settings(find_course(), database, checked_url(url), jobs, device.value, least)
    need_port(host, port)
    level = isolation_level(least)
    facts = _facts(settings)
    _end_leases(settings)
    for line in (*facts, f"Graders: {jobs}, isolation level {level}", f"Listening: http://{host}:{port}"):
        typer.echo(line)
    run(settings, host, port)


def checked_url(url: str) -> str:
    """The URL without a slash at its end. Raises CourseError for one that the tool cannot have."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise CourseError(f"--url {url}: give scheme and host only, such as https://lti.example.edu")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise CourseError(f"--url {url}: http is for this machine alone; give the https URL of your reverse proxy")
    return f"{parts.scheme}://{parts.netloc}"


def need_port(host: str, port: int) -> None:
    """Raise CourseError where something else listens already."""
    import socket

    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        reason = f"{host}:{port} cannot be listened on ({error.strerror or error})"
        raise CourseError(f"{reason}; give another --port, or stop what has it") from None


def isolation_level(least: str | None) -> str:
    """The isolation level of graders here. Raises CourseError when submissions would not be run safely."""
    from convclass.sandbox.container import default_least
    from convclass.sandbox.isolation import probe
    from convclass.sandbox.jail import SandboxUnavailable

    try:
        isolation = probe()
    except SandboxUnavailable as error:
        raise CourseError(str(error)) from None
    if isolation.level == "E":
        raise CourseError(
            "isolation level E: nothing holds what a submission does here, and anybody in a course may send one; "
            "`convclass doctor` says what this machine lacks"
        )
    if isolation.level > (least or default_least()):
        raise CourseError(isolation.refusal(least or default_least()))
    return isolation.level


def run(settings: Settings, host: str, port: int) -> None:
    """Run all processes until SIGTERM or SIGINT."""
    from convclass.web.processes import run_grader, run_returner, run_web
    from convclass.web.supervisor import Role, Supervisor

    graders = [Role(f"grader {number}", run_grader, (settings,)) for number in range(1, settings.jobs + 1)]
    roles = [Role("web", run_web, (settings, host, port)), *graders, Role("returner", run_returner, (settings,), 60.0)]
    Supervisor(roles, lambda line: typer.echo(f"convclass: {line}", err=True)).run()


def _facts(settings: Settings) -> list[str]:
    """The course and who is registered. Makes the tables, once, before any process needs them."""
    from sqlalchemy import select
    from sqlalchemy.exc import SQLAlchemyError

    from convclass.gradebook.engine import reason_of
    from convclass.report.text import terminal
    from convclass.web.database import Database
    from convclass.web.models import Platform

    try:
        database = Database(settings.database)
        with database.reading() as session:
            platforms = session.scalars(select(Platform).where(Platform.active).order_by(Platform.id)).all()
    except (SQLAlchemyError, ImportError) as error:
        reason = reason_of(error)
        raise CourseError(f"the database cannot be opened ({reason}); give another one with --database") from None
    database.close()
    names = [f"  {terminal(one.name)} ({terminal(one.issuer)})" for one in platforms]
    return [f"Course: {settings.course}", f"Platforms registered: {len(names)}", *names]


def _end_leases(settings: Settings) -> None:
    """Free what a run that was killed held. An SQLite file has one tool only; of another database nobody knows."""
    from convclass.web import outbox, queue
    from convclass.web.database import Database

    database = Database(settings.database)
    if database.engine.dialect.name == "sqlite":
        with database.writing() as session:
            queue.end_leases(session)
            outbox.end_leases(session)
    database.close()


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _need_parts() -> None:
    from importlib.util import find_spec

    missing = [name for name in ("flask", "gunicorn", "jwt", "requests") if find_spec(name) is None]
    if missing:
        raise CourseError(f"{', '.join(missing)} missing; type: pip install 'convclass[serve]'")
