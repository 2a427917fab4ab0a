"""Quizzes: question models, variants, scoring, item analysis."""
