"""The land: river, height, water level, roads and parcels as functions of place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .noise import dice, make_tile, sample_point, sample_view

HILL_TEXEL_M = 1.6
BANK_TEXEL_M = 0.25

# Shared by all maps: a map differs by where in the tiles it lies, and by its own numbers.
HILLS = make_tile(11, 14, 96, 1.6)
BANKS = make_tile(12, 6, 64, 1.2)


@dataclass(frozen=True)
class Wave:
    """A smooth line: value(s) = base + sum of sines."""

    base: float
    terms: tuple[tuple[float, float, float], ...]  # amplitude m, wavelength m, phase

    def value(self, s):
        return self.base + sum(a * np.sin(s * (2 * math.pi / w) + p) for a, w, p in self.terms)

    def slope(self, s):
        return sum(a * (2 * math.pi / w) * np.cos(s * (2 * math.pi / w) + p) for a, w, p in self.terms)


@dataclass(frozen=True)
class Road:
    index: int
    across: bool  # True: runs west to east, y = line(x); False: runs north to south, x = line(y)
    line: Wave
    half_width_m: float
    raised: bool  # on an embankment or bridge: never flooded, and carries traffic
    paved: bool

    def distance(self, x, y):
        """Signed distance from the centre line in metres, nearly exact for gentle curves."""
        along, over = (x, y) if self.across else (y, x)
        return (over - self.line.value(along)) / np.sqrt(1 + self.line.slope(along) ** 2)

    def place(self, along: float, side: float) -> tuple[float, float, float]:
        """x, y and heading at a distance along the road, `side` metres off its centre line."""
        slope = float(self.line.slope(along))
        over = float(self.line.value(along)) + side * math.sqrt(1 + slope * slope)
        angle = math.atan(slope)
        return (along, over, angle) if self.across else (over, along, math.pi / 2 - angle)


class Terrain:
    """One map. Everything follows from the seed."""

    def __init__(self, seed: int):
        self.seed = seed
        rng = dice(seed, 1)
        self.shift = (rng.uniform(0, 800), rng.uniform(0, 800))
        self.river = Wave(0.0, ((rng.uniform(10, 26), rng.uniform(190, 300), rng.uniform(0, 6.3)),
                                (rng.uniform(3, 8), rng.uniform(70, 120), rng.uniform(0, 6.3))))
        self.river_half_width_m = rng.uniform(9, 17)
        self.level = rng.uniform(-0.25, 0.9)
        self.relief = rng.uniform(0.6, 1.1)
        self.parcel_angle = rng.uniform(-0.5, 0.5)
        self.parcel_size = (rng.uniform(24, 46), rng.uniform(18, 34))
        self.roads = self._make_roads(rng)

    def _make_roads(self, rng) -> list[Road]:
        roads = []
        for across in (True, False):
            position = -420 + rng.uniform(0, 60)
            while position < 420:
                raised = across and rng.random() < 0.45
                line = Wave(position, ((rng.uniform(2, 9), rng.uniform(120, 260), rng.uniform(0, 6.3)),))
                half = rng.uniform(3.2, 4.2) if raised else rng.uniform(2.2, 3.0)
                roads.append(Road(len(roads), across, line, half, raised, raised or rng.random() < 0.6))
                position += rng.uniform(48, 90)
        return roads

    def roads_near(self, x: float, y: float, radius: float) -> list[Road]:
        """Roads that may be seen within `radius` metres of a place."""
        return [road for road in self.roads if abs(float(road.distance(x, y))) < radius * 1.15 + 14]

    def _shape(self, x, y, hills, banks, roads):
        off_river = np.abs(x - self.river.value(y)) / np.sqrt(1 + self.river.slope(y) ** 2)
        height = self.relief * hills + 0.09 * banks + 0.016 * off_river
        height = height - 3.2 / (1 + np.exp(np.minimum((off_river - self.river_half_width_m) / 1.6, 60)))
        for road in roads:
            distance = np.abs(road.distance(x, y))
            lift = 1 / (1 + np.exp(np.minimum((distance - road.half_width_m - 1.2) / 0.45, 60)))
            height = height + lift * (np.maximum(self.level + 1.2 - height, 0) if road.raised else 0.35)
        return height - self.level

    def height_view(self, matrix: np.ndarray, size: tuple[int, int], x, y, roads: list[Road]) -> np.ndarray:
        """Metres above the water, for every pixel of a (reduced) view."""
        shifted = matrix.copy()
        shifted[:, 2] += self.shift
        hills = sample_view(HILLS, shifted, size, HILL_TEXEL_M)
        banks = sample_view(BANKS, shifted, size, BANK_TEXEL_M)
        return self._shape(x, y, hills, banks, roads)

    def height(self, x: float, y: float) -> float:
        """Metres above the water at one place; negative is the depth."""
        sx, sy = x + self.shift[0], y + self.shift[1]
        hills, banks = sample_point(HILLS, sx, sy, HILL_TEXEL_M), sample_point(BANKS, sx, sy, BANK_TEXEL_M)
        return float(self._shape(x, y, hills, banks, self.roads_near(x, y, 0)))
