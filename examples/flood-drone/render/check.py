"""Checks that the ground truth agrees with the pixels. Prints what it checked; exits with 1 at the first disagreement.

python -m render.check
"""

from __future__ import annotations

import dataclasses
import random
import sys

import numpy as np

from .camera import Camera
from .frame import place_things, render_frame
from .ground import GroundView, paint_ground
from .light import make_weather
from .world import ABOARD, AFLOAT, GROUND, HOUSE, Thing, World, person

MAGENTA = (255.0, 0.0, 255.0)


def lone_things(luck: random.Random, x: float, y: float) -> list[Thing]:
    """One of every labelled kind and pose, somewhere near the place."""
    def place():
        return x + luck.uniform(-16, 16), y + luck.uniform(-12, 12), luck.uniform(0, 6.3), luck.getrandbits(30)

    people = [person(*place(), pose, ABOARD) for pose in ('stand', 'wave', 'walk', 'sit', 'lie')]
    boats = [Thing('boat', *place(), AFLOAT, 0.7, (6.0, 2.0), pose, label='boat') for pose in ('rescue', 'rowing', 'motor', 'punt')]
    return [*people, *boats, Thing('car', *place(), GROUND, 1.4, (4.4, 1.9), label='car')]


def flat_ground(camera: Camera) -> GroundView:
    shape = (camera.height, camera.width)
    return GroundView(np.full((*shape, 3), MAGENTA, np.float32), np.ones(shape, bool), np.zeros(shape, np.float32))


def check_boxes(rounds: int) -> int:
    """The box of a thing drawn alone is exactly the extent of the pixels that it changed."""
    luck, checked = random.Random(1), 0
    shadowless = make_weather(1)
    shadowless = dataclasses.replace(shadowless, sun=dataclasses.replace(shadowless.sun, strength=0.0))
    for _ in range(rounds):
        camera = Camera(luck.uniform(-99, 99), luck.uniform(-99, 99), luck.uniform(0, 6.3), luck.uniform(0.05, 0.1))
        for thing in lone_things(luck, camera.x, camera.y):
            ground = flat_ground(camera)
            found = place_things(ground, [thing], camera, shadowless, luck.uniform(0, 9))
            changed = np.abs(ground.image - MAGENTA).max(-1) > 0.5
            ys, xs = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
            if not len(ys):
                expect(not found, f'{thing.kind} {thing.pose}: told but not drawn')
                continue
            drawn = (int(xs[0]), int(ys[0]), int(xs[-1] - xs[0]) + 1, int(ys[-1] - ys[0]) + 1)
            expect(len(found) == 1 and found[0].box == drawn, f'{thing.kind} {thing.pose}: box {found} but pixels {drawn}')
            inside = drawn[0] > 0 and drawn[1] > 0 and drawn[0] + drawn[2] < camera.width and drawn[1] + drawn[3] < camera.height
            expect(not inside or found[0].visible == 1.0, f'{thing.kind} {thing.pose}: visible {found[0].visible} though alone')
            checked += 1
    return checked


def check_hiding() -> None:
    """A roof drawn over a person hides the person and the water."""
    camera = Camera(0, 0, 0.4, 0.07)
    ground = flat_ground(camera)
    house = Thing('house', 0, 0, 0.2, 5, HOUSE, 3.0, (10, 8))
    found = place_things(ground, [person(0, 0, 0, 3, 'stand', GROUND), house], camera, make_weather(1), 0)
    expect(found[0].visible == 0.0, f'person under a roof is {found[0].visible} visible')
    expect(not ground.water[200:280, 280:360].any(), 'water seen through a roof')
    area = (~ground.water).sum() * camera.metres_per_pixel**2
    expect(abs(area - 80) < 1.6, f'a roof of 80 square metres covers {area:.1f}')


def check_water(rounds: int) -> int:
    """The mask agrees with the terrain's own height at the place that the camera says the pixel shows."""
    luck, checked = random.Random(2), 0
    for seed in range(rounds):
        world = World(seed)
        camera = Camera(luck.uniform(-40, 40), luck.uniform(-200, 200), luck.uniform(0, 6.3), luck.uniform(0.05, 0.1))
        mask = paint_ground(world, camera, make_weather(seed), 0).water
        matrix = camera.pixel_to_world()
        for _ in range(200):
            column, row = luck.randrange(camera.width), luck.randrange(camera.height)
            height = world.terrain.height(*(matrix @ (column, row, 1)))
            if abs(height) > 0.12:
                expect(mask[row, column] == (height < 0), f'world {seed}, pixel {column},{row}: height {height:.2f}, mask {mask[row, column]}')
                checked += 1
    return checked


def check_repeatable() -> None:
    """The same arguments give the same bytes."""
    first, second = (render_frame(World(4), Camera(5, 9, 1, 0.08), make_weather(4), 3.5) for _ in range(2))
    expect(bool((first.image == second.image).all()) and first.objects == second.objects, 'two renderings differ')


def expect(condition: bool, message: str) -> None:
    if not condition:
        print(f'ground truth: {message}', file=sys.stderr)
        sys.exit(1)


def main() -> None:
    print(f'{check_boxes(40)} boxes equal the pixels')
    check_hiding()
    print('a roof hides what is under it')
    print(f'{check_water(20)} water pixels agree with the terrain')
    check_repeatable()
    print('rendering is repeatable')


if __name__ == '__main__':
    main()
