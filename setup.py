"""The Cython extension, nothing else: see daseCV/setup.py, which students have too."""

import runpy

runpy.run_path("daseCV/setup.py", run_name="__main__")
