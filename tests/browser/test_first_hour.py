"""A student's first hour, in a browser: set up, see red, fix, see green, explore, train, hand in.

The tests are steps of one story and run in their order on one page.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.lab_page import WAIT, Page, serious_problems

from autograder.release import Reference

pytestmark = pytest.mark.slow

WRONG = "return x[:, :, ::2, ::2], (x, pool_param)"
CHECK = 'check("max_pool_forward_naive")'


def fill_blank(page: Page, name: str, body: str) -> None:
    """Write code into a blank on disk, as an editor does."""
    path = page.folder / "daseCV" / "layers.py"
    stub = f'raise NotImplementedError("layers.{name} is not written yet")'
    text = path.read_text(encoding="utf-8")
    assert stub in text
    path.write_text(text.replace(stub, f"{body}  # {name}"), encoding="utf-8")


def complete_all(page: Page, root: Path) -> None:
    """Write the reference's code into all blanks on disk."""
    for name in Reference(root).student_owned():
        (page.folder / name).write_bytes((root / name).read_bytes())


def test_the_set_up_cell_prepares_everything_and_says_how_long_it_took(notebook: Page) -> None:
    notebook.cell("FOLDERNAME").locator(".jp-InputPlaceholder").wait_for(timeout=WAIT)

    cell = notebook.run("FOLDERNAME")

    said = cell.locator(".jp-OutputArea").inner_text()
    assert "✓ Jupyter，Python" in said
    assert "✓ 快速层已编译" in said
    assert re.search(r"准备好了（\d+ 秒）", said)
    notebook.save_picture(cell.locator(".jp-OutputArea"), "setup")


def test_a_cell_that_needs_an_unwritten_blank_shows_its_place(notebook: Page) -> None:
    cell = notebook.run('print("输入的第一个通道')

    assert re.search(
        r"layers\.max_pool_forward_naive 还没有写：打开 daseCV/layers\.py，第 \d+ 行",
        cell.locator(".jp-OutputArea").inner_text(),
    )
    assert "Traceback" not in cell.inner_text()


def test_the_check_of_an_unwritten_blank_links_to_its_file(notebook: Page) -> None:
    cell = notebook.run(CHECK)

    panel = cell.locator(".dasecv-check")
    assert "还没有写" in panel.inner_text()
    assert panel.locator("a").inner_text() == "daseCV/layers.py"
    notebook.save_picture(panel, "unwritten")


def test_a_wrong_answer_has_a_red_panel_and_a_picture(notebook: Page) -> None:
    fill_blank(notebook, "max_pool_forward_naive", WRONG)

    cell = notebook.run(CHECK)

    panel = cell.locator(".dasecv-check")
    assert panel.locator("[role=status]").inner_text().startswith("✗ 不对")
    assert colour_of(panel) == "rgb(185, 28, 28)"
    assert panel.locator("img").evaluate("image => image.naturalWidth") > 200
    notebook.save_picture(panel, "red")


def test_after_a_change_on_disk_the_same_cell_turns_green(notebook: Page, root: Path) -> None:
    path = notebook.folder / "daseCV" / "layers.py"
    reference = (root / "daseCV" / "layers.py").read_text(encoding="utf-8")
    blank = next(
        blank
        for blank in Reference(root).blanks()[Path("daseCV/layers.py")]
        if blank.name == "layers.max_pool_forward_naive"
    )
    assert blank.source in reference
    wrong = f"    {WRONG}  # max_pool_forward_naive"
    path.write_text(path.read_text(encoding="utf-8").replace(wrong, blank.source), encoding="utf-8")

    cell = notebook.run(CHECK)

    panel = cell.locator(".dasecv-check")
    assert panel.locator("[role=status]").inner_text().startswith("✓ 对了")
    assert "做对了！" in panel.inner_text()
    assert colour_of(panel) == "rgb(22, 101, 52)"
    notebook.save_picture(panel, "green")


def test_a_check_is_not_green_if_a_file_cannot_be_loaded(notebook: Page) -> None:
    path = notebook.folder / "daseCV" / "layers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("def relu_forward(x: Array)", "def relu_forward(x: Array"))

    cell = notebook.run(CHECK)

    panel = cell.locator(".dasecv-check")
    said = panel.inner_text()
    notebook.save_picture(cell.locator(".jp-OutputArea"), "unloadable")
    path.write_text(text, encoding="utf-8")
    assert "✓" not in said
    assert "这个文件载入不了" in said
    assert "def relu_forward(x: Array ->" in said
    assert colour_of(panel) == "rgb(185, 28, 28)"


def test_other_cells_also_say_that_a_file_cannot_be_loaded(notebook: Page) -> None:
    path = notebook.folder / "daseCV" / "layers.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("def relu_forward(x: Array)", "def relu_forward(x: Array"))

    cell = notebook.run("explore_pooling()")

    said = cell.locator(".jp-OutputArea").inner_text()
    notebook.save_picture(cell.locator(".jp-OutputArea"), "not_drawn")
    path.write_text(text, encoding="utf-8")
    assert said.count("这个文件载入不了") == 1
    assert cell.locator("img.dasecv-picture").count() == 0


def colour_of(panel: Any) -> str:
    return panel.evaluate("panel => getComputedStyle(panel).borderLeftColor")


def wait_for_another_picture(notebook: Page, cell: Any, before: str) -> None:
    changed = "([cell, before]) => cell.querySelector('img.dasecv-picture').src !== before"
    notebook.page.wait_for_function(changed, arg=[cell.element_handle(), before], timeout=60_000)


@pytest.mark.parametrize("name", ["convolution", "pooling", "normalisation"])
def test_dragging_a_slider_changes_the_picture(notebook: Page, name: str) -> None:
    cell = notebook.run(f"explore_{name}()")
    image = cell.locator("img.dasecv-picture")
    image.wait_for(timeout=60_000)
    before = image.get_attribute("src")

    handle = cell.locator(".noUi-handle").last
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    mouse = notebook.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + 70, box["y"] + box["height"] / 2, steps=8)
    mouse.up()

    wait_for_another_picture(notebook, cell, before)
    notebook.save_picture(cell.locator(".jp-OutputArea"), name)


def test_every_slider_can_be_moved_from_the_keyboard(notebook: Page) -> None:
    cell = notebook.cell("explore_pooling()")
    image = cell.locator("img.dasecv-picture")
    before = image.get_attribute("src")

    cell.locator(".noUi-handle").last.focus()
    notebook.page.keyboard.press("ArrowRight")

    wait_for_another_picture(notebook, cell, before)


def test_panels_and_explorers_have_no_serious_accessibility_problems(notebook: Page) -> None:
    # ipywidgets writes a slider's name beside it, not on its handle, and gives a player no name.
    nameless = (".noUi-handle", ".widget-play")
    assert serious_problems(notebook.page, ".jp-OutputArea", but=nameless) == []


def test_training_is_watched_and_stopped(notebook: Page, root: Path) -> None:
    complete_all(notebook, root)
    notebook.run("data = get_CIFAR10_data()")
    notebook.run("from daseCV.classifiers.cnn import ThreeLayerConvNet")
    notebook.run("watch_training(small_solver)")

    cell = notebook.run("watch_training(solver)", wait=False)
    stop = cell.locator("button:has-text('停止训练')")
    cell.get_by_text(re.compile(r"迭代 [1-9]\d")).wait_for(timeout=WAIT)
    notebook.save_picture(cell.locator(".jp-OutputArea"), "stop")
    stop.click()
    notebook.wait(cell)

    said = cell.locator(".jp-OutputArea").inner_text()
    iterations = int(re.search(r"(\d+) 次迭代", said)[1])  # type: ignore[index]
    assert 0 < iterations < 196
    assert "验证准确率最高" in said
    assert cell.locator("img").evaluate("image => image.naturalWidth") > 500
    assert stop.count() == 0


def test_training_to_the_end_counts_all_iterations(notebook: Page) -> None:
    cell = notebook.run("watch_training(solver)")

    assert "196 次迭代" in cell.locator(".jp-OutputArea").inner_text()
    notebook.save_picture(cell.locator(".jp-OutputArea"), "training")


@pytest.mark.parametrize("name", ["filters", "mistakes"])
def test_what_the_network_has_learned_is_shown(notebook: Page, name: str) -> None:
    cell = notebook.run(f"explore_{name}(")

    image = cell.locator("img.dasecv-picture")
    image.wait_for(timeout=60_000)
    assert image.evaluate("image => image.naturalWidth") > 200
    notebook.save_picture(cell.locator(".jp-OutputArea"), name)


def test_gradients_are_compared_with_numerical_ones(notebook: Page) -> None:
    notebook.run("from daseCV.layers import conv_forward_naive")

    cell = notebook.run("from daseCV.layers import conv_backward_naive")

    assert "dx：最大相对误差" in cell.locator(".jp-OutputArea").inner_text()
    notebook.save_picture(cell.locator(".jp-OutputArea"), "gradients")


def test_after_training_the_last_check_is_right_too(notebook: Page) -> None:
    cell = notebook.run('check("cnn_one_epoch", solver=solver)')

    assert cell.locator("[role=status]").inner_text().startswith("✓ 对了")


def test_the_last_cells_save_and_make_the_zip(notebook: Page) -> None:
    saved = notebook.run("from daseCV.handin import save")
    notebook.save()

    cell = notebook.run("from daseCV.handin import submit")

    assert "✓ 7 个文件在" in saved.inner_text()
    checklist = cell.locator(".dasecv-checklist")
    assert "17 项里对了 17 项" in checklist.inner_text()
    said = cell.locator(".jp-OutputArea").inner_text()
    assert "submission.zip：7 个文件" in said
    assert "✓ 没有发现问题" in said
    with zipfile.ZipFile(notebook.folder / "submission.zip") as archive:
        assert "ConvolutionalNetworks.ipynb" in archive.namelist()
        assert b"not written yet" not in archive.read("daseCV/layers.py")
    notebook.save_picture(cell.locator(".jp-OutputArea"), "submit")
