"""Interactive pictures: a sliding window, a gradient's way back, cells that share statistics.

Each function shows controls and a picture in Colab, JupyterLab and VS Code, and the picture alone
where widgets cannot run. `explore_convolution()` and the like show how layers work;
`explore_gradients(dx=(dx, numerical))` where gradients differ from numerical ones;
`watch_training(solver)` trains before your eyes, and `compare_training({"name": solver, ...})` sets
runs side by side; `explore_filters(solver)` and `explore_mistakes(model, X, y)` show what a network
has learned.
"""

from .comparison import compare_training
from .convolution import explore_convolution
from .filters import explore_filters
from .gradients import explore_gradients
from .mistakes import explore_mistakes
from .normalisation import explore_normalisation
from .pooling import explore_pooling
from .training import watch_training

__all__ = [
    "compare_training",
    "explore_convolution",
    "explore_filters",
    "explore_gradients",
    "explore_mistakes",
    "explore_normalisation",
    "explore_pooling",
    "watch_training",
]
