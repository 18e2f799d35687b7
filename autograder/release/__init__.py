"""The release: makes students' files from the reference's. Reads files, imports none of them.

`blanks` finds and stubs solutions, `notebooks` does so in notebooks, `reference` lists the sources,
`leaks` searches for surviving solutions, `build` writes the tree.
"""

from .blanks import Blank, ReleaseError
from .build import build_release
from .reference import Reference, find_root

__all__ = ["Blank", "Reference", "ReleaseError", "build_release", "find_root"]
