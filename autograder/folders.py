"""Names of the folders in a checkout: the library, the source notebooks, the release."""

PACKAGE = "daseCV"
NOTEBOOKS = "source_notebooks"
RELEASE = "assignment"
