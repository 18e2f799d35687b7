"""The catalogue of typical mistakes, and what students' machines recognise them by.

Each mistake is planted into the reference and probed; what then differs goes to students as
fingerprints, with a hint in two languages. The mistakes themselves, which would show the solution,
stay here.
"""

from .catalogue import MISTAKES
from .mistake import HintError, Mistake
from .publish import fingerprints, refresh

__all__ = ["MISTAKES", "HintError", "Mistake", "fingerprints", "refresh"]
