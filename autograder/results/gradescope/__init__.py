"""Gradescope: results in its form, and an autograder for it that runs our grader.

`results` writes what Gradescope reads, of any marks; `bundle` makes the zip; `__main__` is what
runs over there.
"""
