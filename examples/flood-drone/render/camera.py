"""A camera that looks straight down. World: metres, x to the east, y to the south. Pixel i covers [i, i + 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    x: float
    y: float
    heading: float  # radians, clockwise as seen from above
    metres_per_pixel: float  # the altitude, as ground distance per pixel
    width: int = 640
    height: int = 480

    def pixel_to_world(self, step: int = 1) -> np.ndarray:
        """[2, 3] matrix from the index of a pixel (in an image reduced by `step`) to its centre in metres."""
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        scale = self.metres_per_pixel * step
        linear = np.array([[cos, -sin], [sin, cos]]) * scale
        centre = np.array([self.width, self.height]) / (2 * step) - 0.5
        return np.column_stack([linear, np.array([self.x, self.y]) - linear @ centre])

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Continuous pixel coordinates of a place."""
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        dx, dy = (x - self.x) / self.metres_per_pixel, (y - self.y) / self.metres_per_pixel
        return dx * cos + dy * sin + self.width / 2, -dx * sin + dy * cos + self.height / 2

    @property
    def radius_m(self) -> float:
        """Distance from the centre to a corner of the view."""
        return math.hypot(self.width, self.height) / 2 * self.metres_per_pixel
