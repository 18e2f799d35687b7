"""Shared by the fleet's tests: a real sandbox, since these tests end and restart graders."""

import pytest

from autograder.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox(real_sandbox: Sandbox) -> Sandbox:
    return real_sandbox
