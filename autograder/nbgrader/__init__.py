"""What nbgrader loads by the names in a course's configuration."""

from .lateness import LatePolicy
from .plugin import Collector, GradeFromReports, RepairingExporter

__all__ = ["Collector", "GradeFromReports", "LatePolicy", "RepairingExporter"]
