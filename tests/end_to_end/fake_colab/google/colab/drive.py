"""Google Drive, as a folder that the test has made already."""

from pathlib import Path


def mount(mountpoint: str) -> None:
    """Insist on what Colab makes."""
    assert Path(mountpoint, "MyDrive").is_dir()
    print(f"Mounted at {mountpoint}")
