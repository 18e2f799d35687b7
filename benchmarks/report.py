"""Run every benchmark and write docs/benchmarks.md with its figures, as `make bench` does.

python benchmarks/report.py            # about five minutes; leave the machine alone meanwhile
"""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
ORANGE, BLUE = "#d55e00", "#0072b2"  # apart for colour-blind readers, too

Row = dict[str, Any]

PAGE = """# How fast

Written by `make bench`; do not edit. The scripts are in `benchmarks/`;
[fast_layers.md](fast_layers.md) explains the layers.

Measured on {machine}, Python {python}, NumPy {numpy}, PyTorch {torch}, kernels at level
`{level}`. In each round all variants run one after the other. Each waits until the previous
one's threads sleep, runs once to warm up, and then once for the measurement. **A ratio is PyTorch's
time divided by daseCV's in the same round: above 1, daseCV is faster.** Figures are medians; the
quartiles show how noisy the machine was. Absolute times are valid for this machine only, ratios
more generally.

## Layers

"Best" is PyTorch with images and weights in its channels-last order. "Of peak" compares with what
`np.dot` reached on large square matrices just before; it has no meaning for pooling, which is
limited by memory.

![Ratio to PyTorch, layer by layer](figures/benchmark_ratios.png)

{layers}

Some rows are under 60 % of the peak. In the course's cell and the odd shape, a sum has only 27 or
75 terms, so copying the padded image and writing results take as long as the sums, and stride 2
writes the data gradient with gaps. Two threads do not help with work of a tenth of a millisecond,
which ends before the second thread has started. The large image on two threads or in float64 is
limited by memory. In other rows the machine was too busy.

A convolution near the peak has little left to gain: if the ratio is small in such a row, PyTorch
is also near the peak. The gradient of pooling in float64 is limited by memory: daseCV reads the
images, because the layer's cache holds nothing else, whereas PyTorch reads positions that its
forward pass has stored.

## A training step

The course's network (batch 50, 32 filters 7x7, hidden 500, Adam, float32) through `Solver`. Each
library has its own process and makes several steps in a row, then waits until the other threads
sleep. "Best" is PyTorch with channels-last and fused Adam.

{steps}

Adam in NumPy runs on one thread: it reads and writes seven arrays of four million numbers.
Students write it themselves, so nothing replaces it with a faster version. The more threads do
the rest, the larger its share of a step.

{epoch}

## Against the naive layers

The course's cells, float64, two threads:

{naive}

## Memory

Forward and backward of one convolution (32 filters 3x3) over 50 images of 3x224x224, float32,
peak memory above the process's level before: daseCV {ours:.0f} MiB, PyTorch {theirs:.0f} MiB.
Outputs and gradients alone are {needed:.0f} MiB.

## Growth

Time of a convolution, forward and backward, as one size grows (8 images, 8 channels, 16 filters
3x3, 32x32, float32, one thread); the line shows proportional growth.

![Time against N, C, F and the number of pixels](figures/benchmark_scaling.png)
"""


def main() -> None:
    """Run, draw, write."""
    layers = [
        row for threads in (1, 2) for row in run_script("fast_layers.py", f"--threads={threads}")
    ]
    steps = [
        row for threads in (1, 2) for row in run_script("training_step.py", f"--threads={threads}")
    ]
    scaling, naive = run_script("scaling.py"), run_script("naive.py")
    (memory,), (epoch,) = run_script("memory.py"), run_script("epoch.py")
    (DOCS / "figures").mkdir(exist_ok=True)
    draw_ratios(layers)
    draw_scaling(scaling)
    page = PAGE.format(
        **find_versions(),
        layers=make_layer_table(layers),
        steps=make_step_table(steps),
        naive=make_naive_table(naive),
        epoch=describe_epoch(epoch),
        ours=memory["ours"],
        theirs=memory["PyTorch"],
        needed=4 * 50 * 224 * 224 * (32 * 2 + 3) / 2**20,
    )
    (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
    print(page)


def run_script(script: str, *arguments: str) -> list[Row]:
    """Run a benchmark and return the JSON lines that it prints."""
    print(script, *arguments, file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / script), *arguments]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def find_versions() -> dict[str, str]:
    import torch
    from daseCV.im2col_cython import level

    return {
        "machine": f"{platform.machine()}, {describe_processor()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "level": level,
    }


def describe_processor() -> str:
    """Number and name of the processors, where Linux tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} processors, {names[0]}" if names else platform.processor()


def make_table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def make_layer_table(rows: list[Row]) -> str:
    head = "layer, workload, dtype, threads, daseCV (ms), PyTorch (ms), best (ms), ratio, quartiles"
    return make_table(
        [*head.split(", "), "ratio to best", "of peak"],
        [
            [
                row["layer"],
                row["workload"],
                row["dtype"],
                str(row["threads"]),
                *(f"{ms:.3f}" for ms in row["ms"]),
                f"**{row['ratio'][0]:.2f}**",
                "{:.2f} to {:.2f}".format(*row["quartiles"]),
                f"{row['ratio'][1]:.2f}",
                f"{row['of_peak']:.0%}" if row["gflop"] else "",
            ]
            for row in rows
        ],
    )


def make_step_table(rows: list[Row]) -> str:
    return make_table(
        [
            "threads",
            "daseCV (ms)",
            "PyTorch (ms)",
            "best (ms)",
            "ratio",
            "quartiles",
            "ratio to best",
        ],
        [
            [
                str(row["threads"]),
                *(f"{ms:.1f}" for ms in row["ms"]),
                f"**{row['ratio'][0]:.2f}**",
                "{:.2f} to {:.2f}".format(*row["quartiles"][0]),
                f"{row['ratio'][1]:.2f}",
            ]
            for row in rows
        ],
    )


def make_naive_table(rows: list[Row]) -> str:
    return make_table(
        ["layer", "naive (ms)", "fast (ms)", "times faster"],
        [
            [
                row["layer"],
                f"{row['naive_ms']:.0f}",
                f"{row['fast_ms']:.2f}",
                f"{row['naive_ms'] / row['fast_ms']:.0f}",
            ]
            for row in rows
        ],
    )


def describe_epoch(row: Row) -> str:
    return (
        f"One epoch over {row['images']:,} images took {row['seconds']:.0f} s and reached "
        f"{row['train_acc']:.1%} on 1,000 training images and {row['val_acc']:.1%} on the "
        f"validation images (seed 231). The process needed at most {row['peak_mib']:.0f} MiB, "
        f"{row['loaded_mib']:.0f} MiB of it to load the images.\n{row['source']}"
    )


def draw_ratios(rows: list[Row]) -> None:
    """Draw a bar for each layer and number of threads, on a logarithmic axis around 1."""
    figure, panels = plt.subplots(1, 2, figsize=(11, 5.2), sharey=True, layout="constrained")
    for panel, dtype in zip(panels, ("float32", "float64"), strict=True):
        for threads, colour, shift in ((1, BLUE, 0.2), (2, ORANGE, -0.2)):
            chosen = [r for r in rows if r["dtype"] == dtype and r["threads"] == threads]
            places = np.arange(len(chosen))[::-1] + shift
            ratios = [row["ratio"][0] for row in chosen]
            label = f"{threads} thread" + "s" * (threads > 1)
            panel.barh(places, np.array(ratios) - 1, 0.38, left=1, color=colour, label=label)
            for place, ratio in zip(places, ratios, strict=True):
                side = "left" if ratio >= 1 else "right"
                gap = 1.04 if ratio >= 1 else 0.96
                panel.text(ratio * gap, place, f"{ratio:.2f}", va="center", ha=side, fontsize=8)
        names = [f"{row['layer']}, {row['workload']}" for row in chosen]
        panel.set_yticks(np.arange(len(names))[::-1], names)
        panel.set_xscale("log")
        panel.set_xlim(0.5, 70)
        panel.set_xticks([0.5, 1, 2, 5, 10, 30], ["0.5", "1", "2", "5", "10", "30"])
        panel.minorticks_off()
        panel.axvline(1, color="black", linewidth=1)
        panel.set_title(dtype)
        panel.set_xlabel("PyTorch's time / daseCV's (right of 1: daseCV is faster)")
    panels[1].legend(loc="center right")
    figure.savefig(DOCS / "figures" / "benchmark_ratios.png", dpi=90)


def draw_scaling(rows: list[Row]) -> None:
    """Draw times relative to the smallest size, beside proportional growth."""
    names = {"N": "images N", "C": "channels C", "F": "filters F", "H": "pixels H * W"}
    figure, panels = plt.subplots(1, 4, figsize=(11, 2.9), layout="constrained")
    for panel, row in zip(panels, rows, strict=True):
        factors, ms = np.array(row["factors"]), np.array(row["ms"])
        panel.plot(factors, factors, color="grey", linewidth=1, label="proportional")
        panel.plot(factors, ms / ms[0], "o-", color=BLUE, label="measured")
        panel.set_xscale("log", base=2)
        panel.set_yscale("log", base=2)
        panel.set_xticks(factors, [f"{f}x" for f in factors])
        panel.set_yticks(factors, [f"{f}x" for f in factors])
        panel.set_xlabel(names[row["size"]])
    panels[0].set_ylabel("time")
    panels[0].legend()
    figure.savefig(DOCS / "figures" / "benchmark_scaling.png", dpi=90)


if __name__ == "__main__":
    main()
