# Generated from daseCV/setup.py by "dasecv release".
"""Build the compiled layers: `cd daseCV && python setup.py build_ext --inplace`.

For the library alone; the whole project's `setup.py` runs this one. Without a C compiler the
build is skipped, and `fast_layers` works on NumPy.
"""

import os
import sys
from pathlib import Path

# The extension belongs to the package, so the build starts from the folder that holds it.
os.chdir(Path(__file__).resolve().parent.parent)

try:
    from Cython.Build import cythonize
    from setuptools import Extension, setup
    from setuptools.command.build_ext import build_ext
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is missing: run  pip install cython setuptools  and build again")


class OptionalBuild(build_ext):
    """Build with OpenMP, else without, else report that NumPy is used."""

    def build_extension(self, ext: Extension) -> None:
        ext.optional = True  # setuptools goes on where the result is not there to be copied
        for flags in (["-fopenmp"], []):
            ext.extra_compile_args = ["-O3", *flags]
            ext.extra_link_args = flags
            try:
                return super().build_extension(ext)
            except Exception as error:  # distutils raises a different class for each compiler
                reason = str(error).splitlines()[-1][:200]
                reason = reason.encode("ascii", "backslashreplace").decode()  # any console has it
        print(
            "daseCV: the compiled layers could not be built; all works without them, on NumPy. "
            "They need gcc or clang (Debian: apt install gcc, macOS: xcode-select --install). "
            f"What the build said: {reason}"
        )


setup(
    name="daseCV",
    ext_modules=cythonize(
        [
            Extension(
                "daseCV.im2col_cython",
                ["daseCV/im2col_cython.pyx", "daseCV/kernels.c"],
                depends=sorted(str(header) for header in Path("daseCV").glob("kernels*.h")),
                include_dirs=["daseCV"],
            )
        ],
        build_dir="build",
        quiet=True,
    ),
    cmdclass={"build_ext": OptionalBuild},
)
