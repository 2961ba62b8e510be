"""Periodic noise tiles, and sampling them in world coordinates."""

from __future__ import annotations

import random

import cv2
import numpy as np

TILE_SIZE = 512


def make_tile(seed: int, shortest: float, longest: float, falloff: float, stretch: float = 1.0) -> np.ndarray:
    """Periodic noise of unit variance.

    shortest, longest: wavelengths kept, in texels. falloff: amplitude ~ frequency ** -falloff.
    stretch: above 1 draws the features out along x. Returns float32 [512, 512].
    """
    rng = np.random.default_rng(seed)
    white = np.fft.rfft2(rng.standard_normal((TILE_SIZE, TILE_SIZE)))
    fy = np.fft.fftfreq(TILE_SIZE)[:, None]
    fx = np.fft.rfftfreq(TILE_SIZE)[None, :] * stretch
    frequency = np.sqrt(fx * fx + fy * fy)
    keep = (frequency >= 1.0 / longest) & (frequency <= 1.0 / shortest)
    gain = np.where(keep, np.maximum(frequency, 1e-6) ** -falloff, 0.0)
    tile = np.fft.irfft2(white * gain, s=(TILE_SIZE, TILE_SIZE))
    return (tile / tile.std()).astype(np.float32)


def sample_view(tile: np.ndarray, pixel_to_world: np.ndarray, size: tuple[int, int], texel_m: float) -> np.ndarray:
    """The tile as a camera sees it. size: (width, height). texel_m: metres that one texel covers."""
    matrix = pixel_to_world / texel_m
    return cv2.warpAffine(tile, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_WRAP)


def sample_point(tile: np.ndarray, x: float, y: float, texel_m: float) -> float:
    """One value of the tile, with the same bilinear rule as sample_view."""
    u, v = x / texel_m, y / texel_m
    i, j = int(np.floor(u)), int(np.floor(v))
    a, b = u - i, v - j
    size = TILE_SIZE
    row, below = tile[j % size], tile[(j + 1) % size]
    top = row[i % size] * (1 - a) + row[(i + 1) % size] * a
    bottom = below[i % size] * (1 - a) + below[(i + 1) % size] * a
    return float(top * (1 - b) + bottom * b)


def dice(*keys: int) -> random.Random:
    """A generator that depends on the keys alone, so that every place of the map has its own stable luck."""
    state = 0x9E3779B97F4A7C15
    for key in keys:
        state = ((state ^ (key & 0xFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return random.Random(state)
