"""Raises SystemExit while the module is loaded.

Must hold: it costs nobody else a grade.
Control: honest
"""
raise SystemExit(0)
