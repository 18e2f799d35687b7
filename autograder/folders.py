"""Names of the folders in a checkout: the library, the source notebooks, the release."""

PACKAGE = "daseCV"
NOTEBOOKS = "source_notebooks"
RELEASE = "assignment"
# Marks a given module in which students may write functions of their own.
MAY_ADD = "# Your own sandwich layers: below this line."
