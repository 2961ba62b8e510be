"""Outputs of the exported files → mask and boxes, as the runtime's general decoders do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dataset import INPUT_HEIGHT, INPUT_WIDTH
from .networks import grid_shapes


@dataclass(frozen=True)
class Found:
    label: int
    score: float
    box: tuple[float, float, float, float]  # x, y, width, height in source pixels


def decode_water(logits: np.ndarray, width: int, height: int) -> np.ndarray:
    """[1, h, w, 2] → bool [height, width]: the larger class, nearest pixel."""
    labels = logits[0].argmax(-1)
    rows = ((np.arange(height) + 0.5) * labels.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * labels.shape[1] / width).astype(int)
    return labels[rows][:, columns] == 1


def decode_objects(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int], threshold: float, nms_iou: float) -> list[Found]:
    """YOLOX: boxes [1, N, 4] and scores [1, N, 1 + C], real values. size: (width, height) of the source. Best first."""
    confidence = scores[0, :, :1] * scores[0, :, 1:]
    label, best = confidence.argmax(-1), confidence.max(-1)
    chosen = np.flatnonzero(best >= threshold)
    columns, rows, strides = _cells()
    raw = boxes[0, chosen]
    centre = (raw[:, :2] + np.stack([columns[chosen], rows[chosen]], 1)) * strides[chosen, None]
    extent = np.exp(raw[:, 2:]) * strides[chosen, None]
    scale = np.array([size[0] / INPUT_WIDTH, size[1] / INPUT_HEIGHT])
    corners = np.concatenate([(centre - extent / 2) * scale, (centre + extent / 2) * scale], 1)
    corners = np.clip(corners, 0, (*size, *size))
    found: list[Found] = []
    for index in np.argsort(-best[chosen], kind='stable'):
        x0, y0, x1, y1 = corners[index]
        one = Found(int(label[chosen[index]]), float(best[chosen[index]]), (x0, y0, x1 - x0, y1 - y0))
        if all(o.label != one.label or iou(o.box, one.box) <= nms_iou for o in found):
            found.append(one)
    return found


def _cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns, rows, strides = [], [], []
    for stride, high, wide in grid_shapes():
        y, x = np.mgrid[0:high, 0:wide]
        columns.append(x.ravel())
        rows.append(y.ravel())
        strides.append(np.full(high * wide, stride))
    return np.concatenate(columns), np.concatenate(rows), np.concatenate(strides)


def overlap(a, b) -> float:
    """Shared area of two boxes x, y, width, height."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, wide) * max(0.0, high)


def iou(a, b) -> float:
    both = overlap(a, b)
    return both / (a[2] * a[3] + b[2] * b[3] - both + 1e-9)


@dataclass
class Tally:
    """Counts of one class over many frames."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def f1(self) -> float:
        return 2 * self.hits / max(1, 2 * self.hits + self.false + self.missed)


def match(found: list[Found], truth, threshold_iou: float, tallies: list[Tally]) -> None:
    """Best first, each to the best free true box of its class. truth: [n, 6] in source pixels; the last column is 1 for boxes that count."""
    free = {index for index in range(len(truth)) if truth[index][5]}
    for one in found:
        same = [i for i in free if int(truth[i][4]) == one.label]
        best = max(same, key=lambda i: iou(truth[i], one.box), default=None)
        if best is not None and iou(truth[best], one.box) >= threshold_iou:
            free.discard(best)
            tallies[one.label].hits += 1
        elif not any(not t[5] and int(t[4]) == one.label and overlap(t, one.box) > 0.4 * one.box[2] * one.box[3] for t in truth):
            tallies[one.label].false += 1
    for index in free:
        tallies[int(truth[index][4])].missed += 1
