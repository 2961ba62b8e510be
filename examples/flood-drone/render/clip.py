"""Renders the flight that the demo plays when there is no camera, with its ground truth.

python -m render.clip [--folder FOLDER] [--frames FIRST:LAST --png FOLDER]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from .camera import Camera
from .frame import Frame, render_frame
from .light import Weather, make_weather
from .world import World

WORLD_SEED, WEATHER_SEED = 60047, 3
FRAME_RATE, WIDTH, HEIGHT = 7.5, 640, 480
START_TIME_S = 0.0

# Seconds, metres east, metres south, heading in degrees, metres per pixel.
ROUTE = (
    (0.0, -14, 66, 6, 0.074),
    (4.0, 6, 58, -4, 0.072),
    (8.0, -6, 30, -24, 0.068),
    (12.0, -9, 2, -14, 0.076),
    (16.0, -13, -38, -30, 0.074),
    (20.0, -36, -70, -12, 0.06),
    (24.0, -4, -98, 14, 0.07),
    (28.0, 34, -108, 4, 0.062),
)


def camera_at(time_s: float) -> Camera:
    """The pose on a smooth line through the route's points."""
    times = np.array([point[0] for point in ROUTE])
    index = int(np.clip(np.searchsorted(times, time_s, 'right') - 1, 0, len(ROUTE) - 2))
    part = (time_s - times[index]) / (times[index + 1] - times[index])
    rows = np.array([ROUTE[min(max(k, 0), len(ROUTE) - 1)][1:] for k in range(index - 1, index + 3)], float)
    spline = 0.5 * (2 * rows[1] + (rows[2] - rows[0]) * part + (2 * rows[0] - 5 * rows[1] + 4 * rows[2] - rows[3]) * part**2
                    + (3 * rows[1] - rows[0] - 3 * rows[2] + rows[3]) * part**3)
    x, y, degrees, metres_per_pixel = spline
    return Camera(float(x), float(y), math.radians(degrees), float(metres_per_pixel), WIDTH, HEIGHT)


def weather_at(time_s: float) -> Weather:
    """Sun, then a hazy spell, then sun again."""
    spell = math.exp(-(((time_s - 14) / 4) ** 2))
    base = make_weather(WEATHER_SEED)
    return dataclasses.replace(
        base, sun=dataclasses.replace(base.sun, x=-0.75, y=-0.66, strength=0.8 - 0.35 * spell, reach=0.8), tint=(1.02, 1.0, 0.97),
        exposure=1.1 - 0.1 * spell, contrast=1.04, saturation=1.12, haze=0.03 + 0.17 * spell, haze_colour=(196, 202, 208),
        haze_slope=(0.02, -0.04), clouds=0.18, noise=0.6, blur=0.0)


def frame_at(world: World, number: int) -> Frame:
    time_s = number / FRAME_RATE
    return render_frame(world, camera_at(time_s), weather_at(time_s), START_TIME_S + time_s)


def truth_row(frame: Frame) -> dict:
    """Share of water, and [label, x, y, width, height, visible share] of every object."""
    return {'water': round(float(frame.water.mean()), 4), 'objects': [[o.label, *o.box, o.visible] for o in frame.objects]}


def encoder(path: Path) -> subprocess.Popen:
    command = ['ffmpeg', '-y', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', f'{WIDTH}x{HEIGHT}', '-r', str(FRAME_RATE), '-i', '-',
               '-q:v', '10', '-huffman', 'optimal', '-threads', '1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-f', 'mjpeg', str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--folder', type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument('--png', type=Path, help='write single frames here instead of the clip')
    parser.add_argument('--every', type=int, default=15)
    options = parser.parse_args()
    world, count = World(WORLD_SEED), int(ROUTE[-1][0] * FRAME_RATE)
    if options.png:
        options.png.mkdir(parents=True, exist_ok=True)
        for number in range(0, count, options.every):
            Image.fromarray(frame_at(world, number).image).save(options.png / f'{number:04}.png')
        return
    process = encoder(options.folder / 'flight.mjpeg')
    rows = []
    for number in range(count):
        frame = frame_at(world, number)
        process.stdin.write(frame.image.tobytes())
        rows.append(truth_row(frame))
    process.stdin.close()
    if process.wait():
        raise SystemExit('clip: ffmpeg failed')
    head = {'width': WIDTH, 'height': HEIGHT, 'frameRate': FRAME_RATE, 'objectColumns': ['label', 'x', 'y', 'width', 'height', 'visible']}
    lines = ',\n'.join(json.dumps(row, separators=(',', ':')) for row in rows)
    (options.folder / 'flight.truth.json').write_text(json.dumps(head)[:-1] + ',"frames":[\n' + lines + '\n]}\n')


if __name__ == '__main__':
    main()
