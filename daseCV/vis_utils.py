"""Pictures of filters and images as one grid."""

import numpy as np

Array = np.ndarray


def visualize_grid(Xs: Array, ubound: float = 255.0, padding: int = 1) -> Array:
    """Arrange images in a square grid, each stretched to the full range of brightness.

    Parameters
    ----------
    Xs : ndarray, shape (N, H, W, C)
        Images or filters, colours last.
    ubound : float
        Brightest value of the output; the darkest is 0.
    padding : int
        Black pixels between images.

    Returns
    -------
    grid : ndarray of float64, shape (rows * (H + padding) - padding, same for W, C)
        An image without contrast becomes mid-grey. Unused places are black.

    Raises
    ------
    ValueError
        If `Xs` does not have four axes.

    Examples
    --------
    >>> visualize_grid(np.random.rand(5, 7, 7, 3)).shape
    (23, 23, 3)
    """
    if Xs.ndim != 4:
        raise ValueError(f"visualize_grid: Xs has shape {Xs.shape}, expected (N, H, W, C)")
    N, H, W, C = Xs.shape
    side = int(np.ceil(np.sqrt(N)))
    grid = np.zeros(
        (max(side * (H + padding) - padding, 0), max(side * (W + padding) - padding, 0), C)
    )
    for index, image in enumerate(np.asarray(Xs, dtype=np.float64)):
        low, high = image.min(), image.max()
        stretched = (image - low) / (high - low) if high > low else np.full(image.shape, 0.5)
        top, left = index // side * (H + padding), index % side * (W + padding)
        grid[top : top + H, left : left + W] = ubound * stretched
    return grid
