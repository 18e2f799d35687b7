"""Google Drive as a folder that the test has already made."""

from pathlib import Path


def mount(mountpoint: str) -> None:
    """Check that the test has made the folder that Colab makes."""
    assert Path(mountpoint, "MyDrive").is_dir()
    print(f"Mounted at {mountpoint}")
