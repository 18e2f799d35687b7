"""Our sandbox within the small limits of Gradescope's container."""

from dataclasses import replace

from ...sandbox import Confined, Program, Sandbox


class Within:
    """A sandbox whose programs get at most so much memory each.

    The container's own limit would end whichever process is the largest, ours included, and then
    nobody could tell that the student's code was to blame.

    Parameters
    ----------
    memory : int
        Bytes.
    """

    def __init__(self, sandbox: Sandbox, memory: int) -> None:
        self.sandbox, self.memory = sandbox, memory
        self.name, self.gaps = sandbox.name, sandbox.gaps

    def start(self, program: Program) -> Confined:
        """Start a program; see `Sandbox.start`."""
        memory = min(program.limits.memory, self.memory)
        return self.sandbox.start(replace(program, limits=replace(program.limits, memory=memory)))
