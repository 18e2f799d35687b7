"""Results of a grading for instructors: pages, files for other systems, comparisons.

Reads the report store and the course. Only `gradescope` grades: one submission, on Gradescope.
"""
