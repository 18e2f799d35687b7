"""Pictures to play with: a window that slides, a gradient's way back, cells that share statistics.

`explore_convolution()`, `explore_pooling()` and `explore_normalisation()` show controls and a
picture in Colab, JupyterLab and VS Code, and the picture alone where widgets cannot run.
"""

from .convolution import explore_convolution
from .normalisation import explore_normalisation
from .pooling import explore_pooling

__all__ = ["explore_convolution", "explore_normalisation", "explore_pooling"]
