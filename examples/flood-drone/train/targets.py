"""What the detector should say for known boxes: the YOLOX output form, with the cells that do not count marked."""

from __future__ import annotations

import numpy as np

from .networks import grid_shapes

# Columns of a target: cx offset, cy offset, log w, log h, class (0-based), positive, counts for objectness.
BOX, CLASS, POSITIVE, COUNTS = slice(0, 4), 4, 5, 6
COLUMNS = 7
LEVEL_RANGE = ((0.0, 15.0), (11.0, 1e9))  # longer side in input pixels; in the overlap both levels answer


def make_targets(boxes: np.ndarray) -> list[np.ndarray]:
    """boxes: [n, 6] as dataset.box_rows. Returns float32 [rows, columns, 7] per stride."""
    return [_level(boxes, *shape, *span) for shape, span in zip(grid_shapes(), LEVEL_RANGE)]


def _level(boxes: np.ndarray, stride: int, rows: int, columns: int, shortest: float, longest: float) -> np.ndarray:
    target = np.zeros((rows, columns, COLUMNS), np.float32)
    target[..., COUNTS] = 1
    order = np.argsort(-boxes[:, 2] * boxes[:, 3])  # the smaller of two objects in one cell wins
    for x, y, w, h, label, visible in boxes[order]:
        cx, cy = (x + w / 2) / stride, (y + h / 2) / stride
        if not visible:
            left, right = int(max(0, np.floor(x / stride))), int(min(columns, np.ceil((x + w) / stride)))
            top, bottom = int(max(0, np.floor(y / stride))), int(min(rows, np.ceil((y + h) / stride)))
            inside = target[top:bottom, left:right]
            inside[..., COUNTS] *= inside[..., POSITIVE]
            continue
        if not shortest <= max(w, h) < longest:
            continue
        reach_x, reach_y = max(0.7, min(1.4, w / stride * 0.22)), max(0.7, min(1.4, h / stride * 0.22))
        for row in range(int(np.floor(cy - reach_y)), int(np.ceil(cy + reach_y))):
            for column in range(int(np.floor(cx - reach_x)), int(np.ceil(cx + reach_x))):
                near = abs(column + 0.5 - cx) <= reach_x and abs(row + 0.5 - cy) <= reach_y
                if near and 0 <= row < rows and 0 <= column < columns:
                    target[row, column] = (cx - column, cy - row, np.log(w / stride), np.log(h / stride), label, 1, 1)
    return target
