"""The web application."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from convclass.report.text import count, plain, points
from convclass.web import entry, errors, health, instructor, launch, quiz, student
from convclass.web.database import Database
from convclass.web.security import protect
from convclass.web.settings import Settings
from convclass.web.standing import quiz_graded
from convclass.web.tool import Tool


def create_app(settings: Settings, database: Database) -> Flask:
    """The tool as a WSGI application."""
    app = Flask("convclass.web")
    protect(app, secure=settings.secure)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(plain=plain, points=points, count=count, came_to=quiz_graded)
    app.extensions["convclass"] = Tool(settings, database)
    for part in (entry, errors, health, launch, student, quiz, instructor):
        app.register_blueprint(part.blueprint)
    return app
