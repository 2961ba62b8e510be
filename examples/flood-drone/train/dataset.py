"""Rendered views as arrays, made once and kept outside the repository.

python -m train.dataset FOLDER [--train N] [--calibrate N]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from render.camera import Camera
from render.frame import Frame, render_frame
from render.light import make_weather
from render.world import LABELS, World

INPUT_WIDTH, INPUT_HEIGHT = 256, 192
FRAME_WIDTH, FRAME_HEIGHT = 640, 480
VIEWS_PER_WORLD = 4
FIRST_SEED = {'train': 1_000, 'calibrate': 500_000, 'held-out': 900_000}  # the sets share no world
ENOUGH_VISIBLE = 0.5  # objects seen less than this are neither required nor punished


def fit(image: np.ndarray) -> np.ndarray:
    """The frame as the network gets it: stretched with Pillow's antialiased bilinear filter."""
    return np.asarray(Image.fromarray(image).resize((INPUT_WIDTH, INPUT_HEIGHT), Image.Resampling.BILINEAR))


def make_view(seed: int) -> Frame:
    """One frame of a set. Seeds that follow each other share a world, seen from different places in different light."""
    luck = random.Random(seed)
    world = World(seed // VIEWS_PER_WORLD)
    x, y, time_s = luck.uniform(-40, 40), luck.uniform(-300, 300), luck.uniform(0, 120)
    if luck.random() < 0.75:
        labelled = [t for t in world.things(x, y, 45, time_s) if t.label]
        if labelled:
            target = luck.choice(labelled)
            x, y = target.x + luck.uniform(-18, 18), target.y + luck.uniform(-18, 18)
    camera = Camera(x, y, luck.uniform(0, 6.2832), luck.uniform(0.045, 0.08), FRAME_WIDTH, FRAME_HEIGHT)
    frame = render_frame(world, camera, make_weather(seed), time_s)
    quality = luck.choice((0, 40, 60, 75, 90))
    if not quality:
        return frame
    _, packed = cv2.imencode('.jpg', frame.image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    return Frame(np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]), frame.water, frame.objects)


def box_rows(frame: Frame) -> np.ndarray:
    """float32 [n, 6]: x, y, width, height in input pixels, class, 1 when enough of it is visible."""
    sx, sy = INPUT_WIDTH / frame.image.shape[1], INPUT_HEIGHT / frame.image.shape[0]
    rows = [(o.box[0] * sx, o.box[1] * sy, o.box[2] * sx, o.box[3] * sy, LABELS.index(o.label), o.visible >= ENOUGH_VISIBLE)
            for o in frame.objects]
    return np.array(rows, np.float32).reshape(-1, 6)


def _row(seed: int):
    cv2.setNumThreads(1)
    frame = make_view(seed)
    water = cv2.resize(frame.water.astype(np.uint8) * 255, (INPUT_WIDTH, INPUT_HEIGHT), interpolation=cv2.INTER_AREA)
    return fit(frame.image), water, box_rows(frame)


def make_set(folder: Path, name: str, count: int, processes: int) -> None:
    """Writes <name>.npz (images, water, boxes with the image they belong to) unless it is there already."""
    path = folder / f'{name}-{count}.npz'
    if path.exists():
        return
    seeds = range(FIRST_SEED[name], FIRST_SEED[name] + count)
    with multiprocessing.get_context('spawn').Pool(processes) as pool:
        rows = pool.map(_row, seeds, chunksize=16)
    owners = np.concatenate([np.full(len(boxes), index, np.int32) for index, (_, _, boxes) in enumerate(rows)])
    np.savez(path, images=np.stack([r[0] for r in rows]), water=np.stack([r[1] for r in rows]),
             boxes=np.concatenate([r[2] for r in rows]), owners=owners)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--train', type=int, default=2600)
    parser.add_argument('--calibrate', type=int, default=240)
    parser.add_argument('--processes', type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    make_set(options.folder, 'train', options.train, options.processes)
    make_set(options.folder, 'calibrate', options.calibrate, options.processes)


if __name__ == '__main__':
    main()
