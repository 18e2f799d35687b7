"""daseCV: a small convolutional-network library that students complete.

Importing the package runs no student code: modules are imported one by one, so a
syntax error in `layers.py` stops only what needs `layers.py`.
"""

import os
import sys

# Threads of OpenBLAS that wait for work spin for 0.1 s and more, and take the processor from the
# convolutions; told so before NumPy loads it, they sleep after 2**4 ticks. A training step on two
# threads took 1.2 times as long without.
if "numpy" not in sys.modules:
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
