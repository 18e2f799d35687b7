"""The release: from the reference's files to what students receive. Needs files only, no imports.

`blanks` finds and stubs solutions, `notebooks` does so in notebooks, `reference` lists the sources,
`leaks` looks for what survives, `build` puts the tree together.
"""

from .blanks import Blank, ReleaseError
from .build import build_release
from .reference import Reference, find_root

__all__ = ["Blank", "Reference", "ReleaseError", "build_release", "find_root"]
