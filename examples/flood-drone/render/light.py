"""Sun, clouds, haze and the camera's own faults."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .noise import dice, make_tile, sample_view

CLOUDS = make_tile(21, 24, 256, 1.8)


@dataclass(frozen=True)
class Sun:
    """x, y: unit vector towards the sun on the map. reach: shadow length per metre of height."""

    x: float
    y: float
    reach: float
    strength: float  # 0 overcast - 1 clear


@dataclass(frozen=True)
class Weather:
    sun: Sun
    tint: tuple[float, float, float]
    exposure: float
    contrast: float
    saturation: float
    haze: float
    haze_colour: tuple[float, float, float]
    haze_slope: tuple[float, float]
    clouds: float
    noise: float
    blur: float
    luck: int


def make_weather(seed: int) -> Weather:
    luck = dice(seed, 31)
    azimuth = luck.uniform(0, 2 * math.pi)
    strength = luck.uniform(0.15, 1.0)
    warm = luck.gauss(0, 0.05)
    grey = luck.uniform(150, 215)
    return Weather(
        sun=Sun(math.cos(azimuth), math.sin(azimuth), luck.uniform(0.4, 1.5), strength),
        tint=(1 + warm, 1 + luck.gauss(0, 0.015), 1 - warm),
        exposure=luck.uniform(0.7, 1.2),
        contrast=luck.uniform(0.85, 1.15),
        saturation=luck.uniform(0.7, 1.2),
        haze=max(0.0, luck.uniform(-0.12, 0.36)),
        haze_colour=(grey, grey * luck.uniform(0.99, 1.03), grey * luck.uniform(1.0, 1.08)),
        haze_slope=(luck.uniform(-0.12, 0.12), luck.uniform(-0.12, 0.12)),
        clouds=max(0.0, luck.uniform(-0.15, 0.3)) * strength,
        noise=luck.uniform(0.5, 5.0),
        blur=max(0.0, luck.uniform(-0.5, 0.8)),
        luck=luck.getrandbits(30),
    )


def light_frame(image: np.ndarray, weather: Weather, matrix: np.ndarray, time_s: float, frame_luck: int) -> np.ndarray:
    """float32 [h, w, 3] colours under plain light → uint8 as the camera records them."""
    height, width = image.shape[:2]
    gain = np.array(weather.tint, np.float32) * (weather.exposure * (0.86 + 0.2 * weather.sun.strength))
    if weather.clouds > 0:
        drift = matrix.copy()
        drift[:, 2] += (weather.luck % 400 + 3 * time_s, 1.5 * time_s)
        small = drift.copy()
        small[:, :2] *= 8
        clouds = sample_view(CLOUDS, small, (width // 8 + 1, height // 8 + 1), 1.0)
        shadow = 1 - weather.clouds * np.clip(clouds * 0.8 + 0.3, 0, 1)
        image = image * cv2.resize(shadow, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    image = image * gain
    grey = image @ np.array([0.3, 0.59, 0.11], np.float32)
    image = grey[..., None] + (image - grey[..., None]) * weather.saturation
    image = (image - 110) * weather.contrast + 110
    if weather.haze > 0:
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * weather.haze_slope[0]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * weather.haze_slope[1]
        veil = np.clip(weather.haze + x + y, 0, 0.6)[..., None]
        image = image * (1 - veil) + veil * np.array(weather.haze_colour, np.float32)
    if weather.blur > 0.1:
        image = cv2.GaussianBlur(image, (0, 0), weather.blur)
    rng = np.random.default_rng(frame_luck)
    grain = rng.standard_normal((height, width), np.float32) * weather.noise
    return np.clip(image + grain[..., None] + 0.5, 0, 255).astype(np.uint8)
