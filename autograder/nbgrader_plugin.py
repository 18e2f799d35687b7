"""Where courses made by earlier versions look for the plugins."""

from .nbgrader import Collector, GradeFromReports, RepairingExporter

__all__ = ["Collector", "GradeFromReports", "RepairingExporter"]
