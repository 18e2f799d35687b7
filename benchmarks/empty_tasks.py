"""Tasks without work, to measure transport: send a submission, return a report, of usual sizes."""

from functools import cache

import numpy as np

from autograder.collecting.submission import Submission
from autograder.grading.report import CheckReport, Report

KIB = 1024
NOISE = 4 * 2**20  # bytes from which all submissions cut their files


def run_empty(submission: Submission, number: int) -> tuple[int, Report]:
    """Do nothing but return a report."""
    return number, make_report(number)


def make_submission(number: int) -> Submission:
    """Make a submission of usual size: 40 KiB of modules, a notebook of 60 KiB, no two alike."""
    noise = cut_noise(number, 30 * KIB)
    return Submission(f"s{number}", {"daseCV/layers.py": noise + b"#" * 10 * KIB}, {"N": noise * 2})


def make_report(number: int) -> Report:
    """Make a report of usual size; its notebook compresses to a half."""
    text = cut_noise(number, 30 * KIB).hex()
    checks = tuple(CheckReport(f"check{n}", "wrong", 0.5, ("x" * 400,), ("",)) for n in range(17))
    return Report("graded", checks, notebooks={"N": text})


def cut_noise(number: int, length: int) -> bytes:
    """Bytes that look random, different for each number, and cost only a copy."""
    at = number * 61 % (NOISE - length)
    return noise()[at : at + length]


@cache
def noise() -> bytes:
    return np.random.default_rng(231).bytes(NOISE)
