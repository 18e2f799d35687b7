"""No content of a file can change its student; a claim inside is at most noted in the plan."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.submissions import zip_of

from autograder.collecting.plan import Plan, make_plan
from autograder.collecting.search import TwoReadings

SOLVED, STUB = b"solved = 1\n", b"stub = 1\n"
BOB = {"daseCV/layers.py": SOLVED}
METADATA = b"bob:\n  :submitters:\n  - :name: Bob\n    :sid: bob\n  :created_at: 2030-01-01\n"
CLAIMS: dict[str, dict[str, bytes]] = {
    "a later attempt beside a folder": {
        "mallory/bob_attempt_99/daseCV/layers.py": STUB,
        "mallory/mallory/daseCV/layers.py": SOLVED,
    },
    "Gradescope's metadata": {
        "mallory/bob/daseCV/layers.py": STUB,
        "mallory/submission_metadata.yml": METADATA,
    },
    "Gradescope's metadata beside own work": {
        "mallory/daseCV/layers.py": SOLVED,
        "mallory/bob/daseCV/layers.py": STUB,
        "mallory/submission_metadata.yml": METADATA,
    },
    "Canvas's names": {
        "mallory/bob_LATE_123_456_homework.zip": zip_of({"daseCV/layers.py": STUB}),
        "mallory/carol_124_457_homework.zip": zip_of({"daseCV/layers.py": STUB}),
    },
    "an export's name": {
        "mallory-12.zip": zip_of({f"{s}/daseCV/layers.py": STUB for s in ("bob", "x", "y")})
    },
    "an export inside": {
        "mallory.zip": zip_of({f"submissions/{s}/daseCV/layers.py": STUB for s in ("bob", "x")})
    },
    "Moodle's names": {
        "mallory.zip": zip_of(
            {f"{s}_77_assignsubmission_file_/daseCV/layers.py": STUB for s in ("bob", "x")}
        )
    },
    "deep YAML": {
        "mallory/a/daseCV/layers.py": SOLVED,
        "mallory/b/daseCV/layers.py": SOLVED,
        "mallory/submission_metadata.yml": b"[" * 20_000,
    },
    "YAML that grows": {
        "mallory/submission_metadata.yml": b"a: &a [x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 8)) for c in b"bcdefghi"
        ),
    },
}


@pytest.fixture
def plan_beside_bob(tmp_path: Path) -> Callable[[dict[str, bytes]], Plan]:
    def plan(files: dict[str, bytes]) -> Plan:
        folder = tmp_path / "class"
        for name, content in {
            "bob/daseCV/layers.py": SOLVED,
            "ada.zip": zip_of({"daseCV/layers.py": SOLVED}),
            **files,
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return make_plan([folder], ["Dropout"], "Dropout", tmp_path / "room")

    return plan


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_inside_a_file_takes_nothing_from_another_student(
    claim: str, plan_beside_bob: Callable[[dict[str, bytes]], Plan], tmp_path: Path
) -> None:
    plan = plan_beside_bob(CLAIMS[claim])

    [bob] = [one for one in plan.submissions if one.student == "bob"]
    assert bob.path == tmp_path / "class" / "bob"
    assert bob.doubts == ()
    assert {"ada", "bob"} <= {one.student for one in plan.submissions}


def test_a_person_is_asked_about_work_beside_a_platform_s_metadata(tmp_path: Path) -> None:
    """A single submission that claims to be the export of a class has two readings."""
    (tmp_path / "mallory" / "daseCV").mkdir(parents=True)
    (tmp_path / "mallory" / "daseCV" / "layers.py").write_bytes(SOLVED)
    (tmp_path / "mallory" / "bob").mkdir()
    (tmp_path / "mallory" / "bob" / "layers.py").write_bytes(STUB)
    (tmp_path / "mallory" / "submission_metadata.yml").write_bytes(METADATA)

    with pytest.raises(TwoReadings):
        make_plan([tmp_path / "mallory"], ["Dropout"], "Dropout", tmp_path / "room")
