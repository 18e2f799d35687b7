"""Grading one submission: collect, ask, explain, record."""
