"""Tasks that cost nothing but their way: a submission there and a report back, of usual sizes."""

from functools import cache

import numpy as np

from autograder.collecting.submission import Submission
from autograder.grading.report import CheckReport, Report

KIB = 1024
NOISE = 4 * 2**20  # bytes that all of them cut their files from


def empty(submission: Submission, number: int) -> tuple[int, Report]:
    """A task that costs nothing but its way."""
    return number, report(number)


def submission(number: int) -> Submission:
    """As large as a usual one: 40 KiB of modules and a notebook of 60 KiB, no two alike."""
    noise = cut(number, 30 * KIB)
    return Submission(f"s{number}", {"daseCV/layers.py": noise + b"#" * 10 * KIB}, {"N": noise * 2})


def report(number: int) -> Report:
    """As large as a usual one, whose notebook compresses to a half."""
    text = cut(number, 30 * KIB).hex()
    checks = tuple(CheckReport(f"check{n}", "wrong", 0.5, ("x" * 400,), ("",)) for n in range(17))
    return Report("graded", checks, notebooks={"N": text})


def cut(number: int, length: int) -> bytes:
    """Bytes that look random, others for each number, at the price of a copy."""
    at = number * 61 % (NOISE - length)
    return noise()[at : at + length]


@cache
def noise() -> bytes:
    return np.random.default_rng(231).bytes(NOISE)
