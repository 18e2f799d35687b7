"""`python -m autograder` is the command `dasecv`."""

from .cli import main

main()
