"""What an instructor takes away of a grading: pages, files for other systems, what changed.

Reads the report store and the course; never grades, but for `gradescope`, which grades one
submission where Gradescope has put it.
"""
