"""Fields, roads and water of one view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .light import Weather
from .noise import dice, make_tile, sample_view
from .terrain import Road
from .world import World

REDUCTION = 4  # smooth fields are computed for every fourth pixel and blown up
GRAIN = make_tile(41, 2, 40, 0.7)
PATCHES = make_tile(42, 10, 128, 1.2)
RIPPLES = make_tile(43, 3, 24, 0.9, stretch=2.2)
FLOW = make_tile(44, 12, 160, 1.3, stretch=3.0)

FIELD_COLOURS = ((104, 124, 66), (122, 134, 74), (86, 112, 58), (150, 146, 88), (172, 156, 98), (134, 108, 76), (116, 92, 66), (96, 118, 78), (140, 140, 96))
WATER_COLOURS = ((116, 96, 70), (98, 92, 72), (82, 90, 80), (70, 86, 96), (106, 96, 84), (62, 78, 80), (124, 106, 84))
SKY = np.array((146, 162, 182), np.float32)


@dataclass(frozen=True)
class GroundView:
    image: np.ndarray  # float32 [h, w, 3], 0-255, under plain light
    water: np.ndarray  # bool [h, w]
    sparkle: np.ndarray  # float32 [h, w], the ripples


def _blow_up(field: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Undoes the reduction, aligned on pixel centres."""
    step = REDUCTION
    shift = (1 - step) / 2 / step
    matrix = np.array([[1 / step, 0, shift], [0, 1 / step, shift]])
    return cv2.warpAffine(field, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def paint_ground(world: World, camera: Camera, weather: Weather, time_s: float) -> GroundView:
    """Everything flat, without the things that stand on it."""
    size = (camera.width, camera.height)
    fine = camera.pixel_to_world()
    coarse = camera.pixel_to_world(REDUCTION)
    coarse_size = (size[0] // REDUCTION, size[1] // REDUCTION)
    i, j = np.meshgrid(np.arange(coarse_size[0], dtype=np.float32), np.arange(coarse_size[1], dtype=np.float32))
    x = (coarse[0, 0] * i + coarse[0, 1] * j + coarse[0, 2]).astype(np.float32)
    y = (coarse[1, 0] * i + coarse[1, 1] * j + coarse[1, 2]).astype(np.float32)
    roads = world.terrain.roads_near(camera.x, camera.y, camera.radius_m)
    height = _blow_up(world.terrain.height_view(coarse, coarse_size, x, y, roads).astype(np.float32), size)
    grain = sample_view(GRAIN, fine, size, 0.09)
    image = _fields(world, fine, size, grain)
    for road in sorted(roads, key=lambda r: r.raised):
        _paint_road(image, road, x, y, size, grain)
    edge = 0.05 + camera.metres_per_pixel * 0.2
    wet = np.clip(0.5 - height / edge, 0, 1)
    _paint_mud(image, height, wet)
    sparkle = _paint_water(image, world, camera, weather, height, wet, time_s)
    return GroundView(image, wet > 0.5, sparkle)


def _fields(world: World, fine: np.ndarray, size: tuple[int, int], grain: np.ndarray) -> np.ndarray:
    terrain = world.terrain
    i, j = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    cos, sin = np.cos(terrain.parcel_angle), np.sin(terrain.parcel_angle)
    turn = np.array([[cos, sin], [-sin, cos]]) @ fine
    wobble = sample_view(PATCHES, fine, size, 0.35)
    u = (turn[0, 0] * i + turn[0, 1] * j + turn[0, 2]).astype(np.float32) + wobble * 0.12
    v = (turn[1, 0] * i + turn[1, 1] * j + turn[1, 2]).astype(np.float32) + wobble * 0.12
    wide, deep = terrain.parcel_size
    u_cells = u * np.float32(1 / wide)
    column = np.floor(u_cells).astype(np.int32)
    offset = np.take((np.arange(16) * 0.377 % 1).astype(np.float32), column & 15)
    v_cells = v * np.float32(1 / deep) + offset
    row = np.floor(v_cells).astype(np.int32)
    cell = ((column & 15) << 4) | (row & 15)
    colours, stripes, frequency, along = _parcels(world.seed)
    phase = np.where(np.take(along, cell), u, v) * np.take(frequency, cell)
    bright = 1 + 0.05 * grain + 0.07 * wobble + np.take(stripes, cell) * np.sin(phase)
    u_edge = (0.5 - np.abs(u_cells - column - 0.5)) * wide
    v_edge = (0.5 - np.abs(v_cells - row - 0.5)) * deep
    hedge = np.minimum(u_edge, v_edge) < 0.5 + 0.25 * wobble + 0.12 * grain
    bright = np.where(hedge, 0.62 + 0.06 * grain, bright)
    return np.take(colours, cell, axis=0) * bright[..., None]


def _parcels(seed: int):
    luck = dice(seed, 51)
    colours, stripes, frequency, along = [], [], [], []
    for _ in range(256):
        base, change = luck.choice(FIELD_COLOURS), luck.uniform(0.85, 1.12)
        colours.append([c * change + luck.uniform(-6, 6) for c in base])
        stripes.append(luck.choice((0.0, 0.03, 0.1, 0.16)))
        frequency.append(2 * np.pi / luck.uniform(0.6, 1.8))
        along.append(luck.random() < 0.5)
    return np.array(colours, np.float32), np.array(stripes, np.float32), np.array(frequency, np.float32), np.array(along)


def _paint_road(image: np.ndarray, road: Road, x: np.ndarray, y: np.ndarray, size: tuple[int, int], grain: np.ndarray) -> None:
    rough = road.distance(x, y).astype(np.float32)
    window = _window(np.abs(rough) < road.half_width_m + 2.5)
    if window is None:
        return
    signed = _blow_up(rough, size)[window]
    along = _blow_up(x if road.across else y, size)[window]
    image, grain = image[window], grain[window]
    off = np.abs(signed)
    soft = 0.08 if road.paved else 0.35
    surface = np.clip((road.half_width_m - off) / soft + 0.5 + (0 if road.paved else 0.4 * grain), 0, 1)[..., None]
    verge = np.clip((road.half_width_m + 1.3 - off) / 0.5, 0, 1)[..., None]
    image += verge * (np.array((128, 124, 92), np.float32) * (1 + 0.06 * grain[..., None]) - image) * 0.8
    colour = np.array((98, 98, 100) if road.paved else (158, 138, 106), np.float32)
    wear = 1 + 0.045 * grain - 0.07 * np.exp(-((off - road.half_width_m * 0.5) / 0.7) ** 2)
    image += surface * (colour * wear[..., None] - image)
    if road.paved:
        paint = (off < 0.09) & (np.mod(along, 6) < 3)
        if road.raised:
            paint |= np.abs(off - road.half_width_m + 0.35) < 0.08
            rail = np.abs(off - road.half_width_m - 0.15) < 0.14
            image[rail] = (176, 174, 168)
        image[paint] = image[paint] * 0.2 + np.array((225, 225, 218), np.float32) * 0.8


def _window(wanted: np.ndarray) -> tuple[slice, slice] | None:
    """The part of the full view that holds every wanted pixel of the reduced one."""
    ys, xs = np.flatnonzero(wanted.any(1)), np.flatnonzero(wanted.any(0))
    if not len(ys):
        return None
    step = REDUCTION
    return slice(int(ys[0]) * step, (int(ys[-1]) + 1) * step), slice(int(xs[0]) * step, (int(xs[-1]) + 1) * step)


def _paint_mud(image: np.ndarray, height: np.ndarray, wet: np.ndarray) -> None:
    damp = np.exp(-np.maximum(height, 0) / 0.12) * (1 - wet) * 0.45
    image += damp[..., None] * (np.array((92, 78, 58), np.float32) - image)


def _paint_water(image: np.ndarray, world: World, camera: Camera, weather: Weather, height: np.ndarray, wet: np.ndarray, time_s: float) -> np.ndarray:
    luck = dice(world.seed, 52)
    base = np.array(luck.choice(WATER_COLOURS), np.float32) * luck.uniform(0.85, 1.12)
    base += (SKY - base) * luck.uniform(0.1, 0.3)
    roughness, opacity = luck.uniform(0.03, 0.07), luck.uniform(0.78, 0.93)
    size = (camera.width, camera.height)
    drift = camera.pixel_to_world()
    drift[:, 2] += (0.25 * time_s, 0.5 * time_s)
    ripples = sample_view(RIPPLES, drift[::-1].copy(), size, luck.uniform(0.07, 0.14))
    flow = sample_view(FLOW, drift[::-1].copy(), size, 0.25)
    slope = np.array([weather.sun.x, weather.sun.y]) @ camera.pixel_to_world()[:, :2]
    i, j = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    sky = ((i - size[0] / 2) * slope[0] + (j - size[1] / 2) * slope[1]).astype(np.float32) / camera.radius_m
    bright = 1 + roughness * ripples + 0.045 * flow + 0.09 * weather.sun.strength * sky
    depth = np.clip(-height, 0, 2)
    see = (opacity + (1 - opacity) * np.clip(depth * 1.6, 0, 1)) * wet
    deep = base * (bright - 0.09 * depth)[..., None]
    image += see[..., None] * (deep - image)
    glint = np.clip(ripples - 2.1 + 0.7 * sky, 0, 1) * (110 * weather.sun.strength * luck.uniform(0, 1)) * wet
    image += glint[..., None]
    foam = np.clip(1 - np.abs(height + 0.06) / 0.05, 0, 1) * np.clip(flow, 0, 1) * 26
    image += foam[..., None]
    return np.clip(0.5 + 0.3 * ripples, 0, 1)
