"""What jupyterquiz shows of questions, and its verdict on answers, in real Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import jupyterquiz as peer
from quiz.node import pages

from convclass.lms import texts
from convclass.quiz.models import AnyQuestion, Numeric, TrueFalse

# Answers one question after the other. Of several choices all have to be found, of one the last counts.
_PLAY = """
((plan) => [...document.querySelectorAll('[id^=quizWrap]')].map((question, i) => {
  const said = question.querySelector('.Feedback')
  const labels = [...question.querySelectorAll('label.MCButton')]
  const input = question.querySelector('input')
  if (plan[i] === null) return false
  if (labels.length) {
    for (const place of [plan[i]].flat()) labels[place].click()
    const wanted = Number(said.dataset.numcorrect)
    return wanted > 1 ? Number(said.dataset.answeredcorrect) === wanted : said.classList.contains('correct')
  }
  input.value = plan[i]
  input.onkeypress({ which: 13, keyCode: 13 })
  return said.classList.contains('correct')
}))"""

Question = dict[str, Any]
Plan = list[tuple[Question, Any]]
"""Questions of jupyterquiz, each with the answer to give: places of options, or a text."""


def verdicts(folder: Path, *plans: Plan) -> list[list[bool]]:
    """Whether jupyterquiz takes the answers for right; a page for each plan, one browser for all."""
    wanted = []
    for i, plan in enumerate(plans):
        page = _shown([question for question, _ in plan], folder / f"notebook-{i}.html")
        wanted.append((page, [{"eval": f"{_PLAY}({json.dumps([answer for _, answer in plan])})"}]))
    results = pages(*wanted)
    assert not [result["troubles"] for result in results if result["troubles"]]
    return [result["outcomes"][0] for result in results]


def typed(part: AnyQuestion, answer: Any) -> Any:
    """Our answer as the controls of jupyterquiz take it."""
    if isinstance(part, TrueFalse):
        return 0 if answer else 1
    return texts.number(answer) if isinstance(part, Numeric) else answer


def _shown(questions: list[Question], path: Path) -> Path:
    parts: list[Any] = []
    with mock.patch("jupyterquiz.dynamic.display.display", parts.append):
        peer.display_quiz(questions, shuffle_answers=False)
    html, script = (str(part.data) for part in parts)
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{html}</div><script>{script}</script>", encoding="utf-8")
    return path
