"""Draws one frame and tells what is on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .ground import GroundView, paint_ground
from .light import Weather, light_frame
from .painter import Patch
from .sprites import DRAW
from .world import AFLOAT, Thing, World

COVERED = 0.5  # coverage from which a thing hides the water under it


@dataclass(frozen=True)
class Truth:
    """One labelled object. box: x, y, width, height in pixels, cut at the frame. visible: share of its pixels that is seen."""

    label: str
    box: tuple[int, int, int, int]
    visible: float


@dataclass(frozen=True)
class Frame:
    image: np.ndarray  # uint8 [h, w, 3], RGB
    water: np.ndarray  # bool [h, w]
    objects: list[Truth]


def render_frame(world: World, camera: Camera, weather: Weather, time_s: float) -> Frame:
    """One frame of the world at a time. The same arguments give the same bytes."""
    ground = paint_ground(world, camera, weather, time_s)
    things = world.things(camera.x, camera.y, camera.radius_m, time_s)
    objects = place_things(ground, things, camera, weather, time_s)
    frame_luck = (weather.luck * 31 + int(round(time_s * 1000))) & 0x7FFFFFFF
    image = light_frame(ground.image, weather, camera.pixel_to_world(), time_s, frame_luck)
    return Frame(image, ground.water, objects)


def place_things(ground: GroundView, things: list[Thing], camera: Camera, weather: Weather, time_s: float) -> list[Truth]:
    """Draws things onto the ground, layer by layer, and takes what they cover out of its water."""
    owner = np.zeros(ground.water.shape, np.int32)
    labelled: list[tuple[Thing, Patch]] = []
    for layer in sorted({thing.layer for thing in things}):
        drawn = [(thing, DRAW[thing.kind](thing, camera, time_s, weather.sun)) for thing in things if thing.layer == layer]
        for thing, patch in drawn:
            if thing.layer == AFLOAT and thing.speed > 0:
                _paint_wake(ground, thing, camera)
            _paint_shadow(ground.image, patch, thing, camera, weather)
        for thing, patch in drawn:
            number = 0
            if thing.label:
                labelled.append((thing, patch))
                number = len(labelled)
            _paint(ground, owner, patch, number)
    return _tell(owner, labelled)


def cut(patch: Patch, shape: tuple[int, int]) -> tuple[slice, slice, slice, slice] | None:
    """Rows and columns of the frame, then of the patch, where both overlap."""
    height, width = patch.coverage.shape
    top, left = max(patch.top, 0), max(patch.left, 0)
    bottom, right = min(patch.top + height, shape[0]), min(patch.left + width, shape[1])
    if top >= bottom or left >= right:
        return None
    return slice(top, bottom), slice(left, right), slice(top - patch.top, bottom - patch.top), slice(left - patch.left, right - patch.left)


def _paint(ground: GroundView, owner: np.ndarray, patch: Patch, number: int) -> None:
    window = cut(patch, owner.shape)
    if window is None:
        return
    rows, columns, patch_rows, patch_columns = window
    coverage = patch.coverage[patch_rows, patch_columns]
    part = ground.image[rows, columns]
    part *= 1 - coverage[..., None]
    part += patch.colour[patch_rows, patch_columns]
    solid = coverage >= COVERED
    ground.water[rows, columns][solid] = False
    seen = owner[rows, columns]
    seen[coverage > 0 if number else solid] = number


def _paint_shadow(image: np.ndarray, patch: Patch, thing: Thing, camera: Camera, weather: Weather) -> None:
    sun = weather.sun
    reach = thing.height_m * sun.reach
    away = camera.to_pixel(thing.x - sun.x * reach, thing.y - sun.y * reach)
    here = camera.to_pixel(thing.x, thing.y)
    dx, dy = away[0] - here[0], away[1] - here[1]
    steps = max(1, min(14, round(max(abs(dx), abs(dy)) / 4)))
    places = [(round(dx * step / steps), round(dy * step / steps)) for step in range(1, steps + 1)]
    left, top = min(0, places[-1][0]), min(0, places[-1][1])
    height, width = patch.coverage.shape
    union = np.zeros((height + abs(places[-1][1]), width + abs(places[-1][0])), np.float32)
    for across, down in places:
        part = union[down - top:down - top + height, across - left:across - left + width]
        np.maximum(part, patch.coverage, out=part)
    shadow = Patch(patch.left + left, patch.top + top, patch.colour, union)
    window = cut(shadow, image.shape[:2])
    if window is not None:
        rows, columns, patch_rows, patch_columns = window
        image[rows, columns] *= 1 - np.float32(0.45 * sun.strength) * union[patch_rows, patch_columns][..., None]


def _paint_wake(ground: GroundView, thing: Thing, camera: Camera) -> None:
    """Foam behind a boat under way; it stays water."""
    length = thing.size[0] * (0.8 + 0.5 * thing.speed)
    cos, sin = np.cos(thing.heading), np.sin(thing.heading)
    veil = np.zeros(ground.water.shape, np.uint8)
    reach = []
    for side, paint in ((-0.32, 120), (0.32, 120), (0.0, 90)):
        stern = thing.size[0] * 0.42
        ends = [(-stern, side), (-stern - length, side * 6 if side else 0.0)]
        points = [camera.to_pixel(thing.x + u * cos - v * sin, thing.y + u * sin + v * cos) for u, v in ends]
        reach += points
        corners = [tuple(int(np.clip(round(c * 8), -32000, 32000)) for c in p) for p in points]
        cv2.line(veil, corners[0], corners[1], paint, max(1, round(0.35 / camera.metres_per_pixel)), cv2.LINE_AA, 3)
    reach = np.array(reach)
    columns, rows = slice(*_span(reach[:, 0], camera.width)), slice(*_span(reach[:, 1], camera.height))
    if columns.start >= columns.stop or rows.start >= rows.stop:
        return
    soft = cv2.GaussianBlur(veil[rows, columns], (0, 0), 0.3 / camera.metres_per_pixel).astype(np.float32)
    amount = soft / 255 * (0.55 + 0.45 * ground.sparkle[rows, columns]) * ground.water[rows, columns]
    part = ground.image[rows, columns]
    part += (np.float32(226) - part) * np.clip(amount, 0, 1)[..., None]


def _span(values: np.ndarray, size: int) -> tuple[int, int]:
    return max(0, int(values.min()) - 24), max(0, min(size, int(values.max()) + 24))


def _tell(owner: np.ndarray, labelled: list[tuple[Thing, Patch]]) -> list[Truth]:
    counts = np.bincount(owner.ravel(), minlength=len(labelled) + 1)
    found = []
    for number, (thing, patch) in enumerate(labelled, 1):
        window = cut(patch, owner.shape)
        if window is None:
            continue
        rows, columns, patch_rows, patch_columns = window
        covered = patch.coverage[patch_rows, patch_columns] > 0
        if not covered.any():
            continue
        ys, xs = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
        box = (columns.start + int(xs[0]), rows.start + int(ys[0]), int(xs[-1] - xs[0]) + 1, int(ys[-1] - ys[0]) + 1)
        found.append(Truth(thing.label, box, round(float(counts[number]) / float((patch.coverage > 0).sum()), 3)))
    return found
