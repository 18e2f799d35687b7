"""Gradescope: results in its form, and an autograder for it that runs our grader.

`results` writes marks in Gradescope's form; `bundle` makes the zip; `__main__` runs on
Gradescope.
"""
