"""Grades as a file that a learning management system imports: one module per system, each with a LAYOUT.

table reads the roster, join finds every student in it, sheet is what a layout writes, export is all of it together.
"""
