"""Pages: one for the class, one for each student; each a single file that needs no network."""

import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from daseCV.language import Message, languages, translate

from ..texts import printable
from . import views
from .marks import StudentMarks
from .summary import ClassSummary

CLASS_PAGE, STUDENTS = "index.html", "students"
OURS = '<meta name="generator" content="dasecv report">'
CAUSES, MOST = 12, 10  # mistakes, and failures, on the page of the class
CODE = re.compile("`([^`]+)`")


@cache
def environment() -> Environment:
    """The templates' environment; values are escaped, since students wrote some of them."""
    made = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": views.format_number, "code": mark_code}
    return made


def mark_code(text: str) -> Markup:
    """Escape a text, and show text between back quotes as code.

    Examples
    --------
    >>> mark_code("`x` < 1")
    Markup('<code>x</code> &lt; 1')
    """
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))


def write_pages(
    folder: Path,
    assignment: str,
    marks: Sequence[StudentMarks],
    language: str,
    own: str = "",
    missing: Sequence[str] = (),
    regraded: Sequence[tuple[str, str]] = (),
    overridden: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write the class's page and the students' pages into a folder; return the class's page.

    Pages of an earlier report are replaced. Students' pages are in the language `own`; default:
    that of the submitted notebook, if known. `missing` students are on the roster and have not
    handed in. `regraded` and `overridden` are pairs of a student and a text: changes of the last
    regrade, and machine scores that a person replaced.
    """
    students = folder / STUDENTS
    students.mkdir(parents=True, exist_ok=True)
    for old in students.glob("*.html"):  # of students no longer in the report
        if OURS in old.read_text(encoding="utf-8", errors="replace"):
            old.unlink()
    names = list(views.file_names(mark.student for mark in marks))
    for mark, name in zip(marks, names, strict=True):
        text = student_page(assignment, mark, own or mark.language or language)
        (students / name).write_text(text, encoding="utf-8")
    summary = ClassSummary(marks)
    rows = list(table_rows(marks, names, language))
    text = render(
        "class.html",
        language,
        assignment=assignment,
        summary=summary,
        causes=[
            (translate(views.hint_text(count.hint), language), count.hint, count)
            for count in summary.hints[:CAUSES]
        ],
        noted=find_noted_students(summary, marks, regraded, overridden, language),
        missing=missing,
        rows=rows,
        row_of={row["marks"].student: row for row in rows},
        made=views.format_time(time.time()),
        most=MOST,
        timed=any(mark.handed_in is not None for mark in marks),
        tallest=max(summary.bins) or 1,
    )
    page = folder / CLASS_PAGE
    page.write_text(text, encoding="utf-8")
    return page


def find_noted_students(
    summary: ClassSummary,
    marks: Sequence[StudentMarks],
    regraded: Sequence[tuple[str, str]],
    overridden: Sequence[tuple[str, str]],
    language: str,
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Students to review: under each heading, their names and why."""
    unknown = translate(Message("time unknown"), language)
    doubtful = [
        (mark.student, "; ".join(translate(doubt, language) for doubt in mark.doubts))
        for mark in summary.doubtful
    ]
    late = [
        (mark.student, unknown if mark.handed_in is None else views.format_time(mark.handed_in))
        for mark in marks
        if mark.late
    ]
    sections = (
        (Message("In doubt when collected"), doubtful),
        (Message("Late, as the platform says"), late),
        (Message("Set by a person in place of the machine"), overridden),
        (Message("Changed by the last regrade"), regraded),
    )
    return [(translate(title, language), some) for title, some in sections]


def table_rows(
    marks: Sequence[StudentMarks], names: Sequence[str], language: str
) -> Iterator[dict[str, Any]]:
    scores = [mark.score for mark in marks if mark.score is not None]
    digits = 0 if all(score.is_integer() for score in scores) else 2
    for mark, name in zip(marks, names, strict=True):
        yield {
            "marks": mark,
            "page": f"{STUDENTS}/{name}",
            "score": "–" if mark.score is None else f"{mark.score:.{digits}f}",
            "lost": views.list_lost_checks(mark, language) if mark.score is not None else "",
            "status": translate(views.STATUSES[mark.status], language),
            "handed_in": views.format_time(mark.handed_in),
        }


def student_page(assignment: str, marks: StudentMarks, language: str) -> str:
    return render(
        "student.html",
        language,
        assignment=assignment,
        marks=marks,
        score=views.format_number(marks.score),
        status=translate(views.STATUSES[marks.status], language),
        checks=[views.describe_check(check, language) for check in marks.checks],
        notes=[translate(note, language) for note in marks.notes],
        advice=views.advice(marks, language),
        handed_in=views.format_time(marks.handed_in),
    )


def render(template: str, language: str, **values: Any) -> str:
    """Render a template, and translate its English texts."""
    if language not in languages():
        raise ValueError(f"got language {language!r}, expected one of: {', '.join(languages())}")

    def say(text: str, **fields: Any) -> str:
        return translate(Message.build(text, fields), language)

    page = environment().get_template(template)
    return printable(page.render(language=language, say=say, **values))
