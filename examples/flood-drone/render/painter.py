"""A small supersampled canvas for one object, drawn in the object's own metres (x ahead, y to its right)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera

SUBPIXEL_BITS = 4
ROUND = np.array([[math.cos(a), math.sin(a)] for a in np.linspace(0, 2 * math.pi, 18, endpoint=False)])


@dataclass(frozen=True)
class Patch:
    """A drawn object: colour premultiplied by coverage, with its place in the frame."""

    left: int
    top: int
    colour: np.ndarray  # float32 [h, w, 3], 0-255
    coverage: np.ndarray  # float32 [h, w], 0-1


class Painter:
    def __init__(self, camera: Camera, place: tuple[float, float, float], radius_m: float, oversampling: int):
        """place: x, y, heading in the world."""
        x, y, heading = place
        centre = camera.to_pixel(x, y)
        radius = radius_m / camera.metres_per_pixel + 1
        self.left, self.top = (int(math.floor(c - radius)) for c in centre)
        self.width, self.height = (int(math.ceil(c + radius)) - low for c, low in zip(centre, (self.left, self.top)))
        turn = heading - camera.heading
        scale = oversampling / camera.metres_per_pixel
        self.linear = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]) * scale
        self.offset = (np.array(centre) - (self.left, self.top)) * oversampling - 0.5
        self.canvas = np.zeros((self.height * oversampling, self.width * oversampling, 4), np.uint8)

    def polygon(self, points, colour) -> None:
        """points: [n, 2] metres. colour: (r, g, b)."""
        placed = (np.asarray(points, float) @ self.linear + self.offset) * (1 << SUBPIXEL_BITS)
        paint = (*(min(255, max(0, int(c))) for c in colour), 255)
        cv2.fillPoly(self.canvas, [placed.round().astype(np.int32)], paint, cv2.LINE_8, SUBPIXEL_BITS)

    def ellipse(self, centre, radii, colour, angle: float = 0.0) -> None:
        points = ROUND * radii
        if angle:
            cos, sin = math.cos(angle), math.sin(angle)
            points = points @ np.array([[cos, sin], [-sin, cos]])
        self.polygon(points + centre, colour)

    def rectangle(self, low, high, colour) -> None:
        self.polygon([low, (high[0], low[1]), high, (low[0], high[1])], colour)

    def line(self, start, end, width: float, colour) -> None:
        ahead = np.subtract(end, start)
        side = np.array([-ahead[1], ahead[0]]) * (width / 2 / (np.hypot(*ahead) + 1e-9))
        self.polygon([start + side, end + side, end - side, start - side], colour)

    def finish(self) -> Patch:
        """The canvas reduced to the frame's pixels."""
        small = cv2.resize(self.canvas, (self.width, self.height), interpolation=cv2.INTER_AREA).astype(np.float32)
        return Patch(self.left, self.top, small[..., :3], small[..., 3] / 255)
