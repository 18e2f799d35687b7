"""What nbgrader loads by the names in a course's configuration."""

from .lateness import CsvExport, FeedbackGrades, LatePolicy
from .plugin import Collector, GradeFromReports, RepairingExporter

__all__ = [
    "Collector",
    "CsvExport",
    "FeedbackGrades",
    "GradeFromReports",
    "LatePolicy",
    "RepairingExporter",
]
