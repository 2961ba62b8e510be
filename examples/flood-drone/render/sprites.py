"""How each kind of thing looks from above."""

from __future__ import annotations

import math

import numpy as np

from .camera import Camera
from .noise import dice
from .painter import Painter, Patch
from .world import Thing

CAR_COLOURS = ((235, 235, 235), (205, 208, 212), (40, 42, 46), (120, 124, 130), (170, 32, 30), (36, 66, 140), (28, 92, 70), (222, 176, 40))
CLOTHES = ((226, 74, 30), (240, 200, 36), (222, 34, 44), (238, 238, 234), (38, 74, 168), (52, 54, 60), (46, 140, 84), (236, 120, 160), (250, 128, 20))
SKIN = ((236, 196, 164), (198, 150, 112), (134, 92, 64))
HAIR = ((36, 28, 24), (84, 58, 36), (20, 20, 22), (160, 128, 84))
ROOFS = ((164, 78, 56), (142, 66, 50), (112, 100, 94), (92, 96, 104), (178, 112, 78), (128, 72, 62), (150, 150, 148))
PERSON_SCALE = 1.5  # people are drawn a little larger than life, so that a small network can see them


def shade(colour, factor: float) -> tuple[float, ...]:
    return tuple(c * factor for c in colour)


def draw_person(thing: Thing, camera: Camera, time_s: float, _sun) -> Patch:
    luck = dice(thing.luck)
    shirt, skin, hair, trousers = luck.choice(CLOTHES), luck.choice(SKIN), luck.choice(HAIR), luck.choice(((44, 52, 78), (60, 56, 52), (92, 86, 72)))
    s = PERSON_SCALE * luck.uniform(0.92, 1.1)
    painter = Painter(camera, (thing.x, thing.y, thing.heading), 1.8, 4)
    if thing.pose == 'lie':
        for side in (-0.11, 0.11):
            painter.line((-0.95 * s, side * s * 1.4), (-0.15 * s, side * s), 0.17 * s, trousers)
        painter.ellipse((0.12 * s, 0), (0.36 * s, 0.24 * s), shirt)
        painter.line((0.3 * s, 0.2 * s), (0.05 * s, 0.5 * s), 0.13 * s, skin)
        painter.ellipse((0.6 * s, 0), (0.15 * s, 0.13 * s), hair)
        return painter.finish()
    if thing.pose == 'sit':
        for side in (-0.13, 0.13):
            painter.line((0, side * s), (0.58 * s, side * s * 1.3), 0.18 * s, trousers)
    if thing.pose == 'walk':
        swing = 0.22 * math.sin(time_s * 5 + thing.luck % 7)
        for side, phase in ((-0.12, swing), (0.12, -swing)):
            painter.ellipse((phase * s, side * s), (0.2 * s, 0.1 * s), trousers)
    for side in (-1, 1):
        hand = (0.06, side * 0.4)
        if thing.pose == 'wave':
            beat = 0.5 * math.sin(time_s * 6 + thing.luck % 11 + side)
            hand = (0.34 - 0.22 * beat, side * (0.56 + 0.14 * beat))
        painter.line((0, side * 0.24 * s), np.multiply(hand, s), 0.15 * s, shade(shirt, 0.9))
        painter.ellipse(np.multiply(hand, s), (0.09 * s, 0.09 * s), skin)
    painter.ellipse((0, 0), (0.19 * s, 0.33 * s), shirt)
    painter.ellipse((0.05 * s, 0), (0.15 * s, 0.14 * s), hair if luck.random() < 0.8 else (232, 190, 40))
    return painter.finish()


def draw_car(thing: Thing, camera: Camera, _time_s: float, _sun) -> Patch:
    luck = dice(thing.luck)
    body, kind = luck.choice(CAR_COLOURS), luck.choice(('saloon', 'saloon', 'estate', 'van', 'pickup'))
    a, b = thing.size[0] / 2, thing.size[1] / 2
    painter = Painter(camera, (thing.x, thing.y, thing.heading), a + 0.6, 3)
    outline = [(-a, -b * 0.8), (-a * 0.92, -b), (a * 0.8, -b), (a * 0.97, -b * 0.7), (a, 0), (a * 0.97, b * 0.7), (a * 0.8, b), (-a * 0.92, b), (-a, b * 0.8)]
    painter.polygon(outline, shade(body, 0.82))
    painter.polygon(np.multiply(outline, (0.95, 0.86)), body)
    glass, rear = (34, 42, 52), {'saloon': -0.55, 'estate': -0.82, 'van': -0.9, 'pickup': -0.1}[kind]
    front = 0.42 if kind != 'van' else 0.72
    painter.polygon([(a * rear, -b * 0.7), (a * front, -b * 0.78), (a * front, b * 0.78), (a * rear, b * 0.7)], glass)
    painter.rectangle((a * (rear + 0.14), -b * 0.66), (a * (front - 0.22), b * 0.66), shade(body, 1.06))
    if kind == 'pickup':
        painter.rectangle((-a * 0.9, -b * 0.74), (-a * 0.2, b * 0.74), shade(body, 0.5))
    for side in (-0.62, 0.62):
        painter.ellipse((a * 0.93, b * side), (0.12, 0.2), (250, 246, 220))
        painter.ellipse((-a * 0.95, b * side), (0.08, 0.2), (150, 20, 20))
    return painter.finish()


def draw_boat(thing: Thing, camera: Camera, _time_s: float, _sun) -> Patch:
    luck = dice(thing.luck)
    a, b = thing.size[0] / 2, thing.size[1] / 2
    painter = Painter(camera, (thing.x, thing.y, thing.heading), a + 0.7, 3)
    hull = np.array([(a, 0), (a * 0.82, b * 0.5), (a * 0.45, b * 0.92), (-a * 0.2, b), (-a * 0.92, b * 0.9), (-a * 0.96, 0),
                     (-a * 0.92, -b * 0.9), (-a * 0.2, -b), (a * 0.45, -b * 0.92), (a * 0.82, -b * 0.5)])
    if thing.pose == 'punt':
        hull = np.array([(a, b * 0.55), (-a, b * 0.85), (-a, -b * 0.85), (a, -b * 0.55)])
    rim, floor = {
        'rescue': (luck.choice(((238, 96, 24), (226, 60, 36), (70, 74, 80), (244, 168, 30))), (96, 100, 104)),
        'rowing': (luck.choice(((124, 82, 46), (60, 98, 72), (48, 84, 130))), (172, 130, 84)),
        'motor': ((242, 244, 246), (206, 214, 220)),
        'punt': (luck.choice(((168, 174, 178), (110, 122, 104))), (138, 144, 148)),
    }[thing.pose]
    painter.polygon(hull, rim)
    inset = (0.84, 0.62) if thing.pose == 'rescue' else (0.9, 0.78)
    painter.polygon(hull * inset - (a * 0.05, 0), floor)
    if thing.pose == 'motor':
        painter.polygon([(a * 0.28, -b * 0.6), (a * 0.42, 0), (a * 0.28, b * 0.6), (-a * 0.2, b * 0.62), (-a * 0.2, -b * 0.62)], (44, 56, 70))
        painter.rectangle((-a * 0.16, -b * 0.52), (a * 0.2, b * 0.52), (250, 250, 250))
    else:
        for seat in (-0.45, 0.0, 0.4):
            painter.rectangle((a * seat - 0.1, -b * 0.66), (a * seat + 0.1, b * 0.66), shade(floor, 0.86))
    if thing.pose in ('rescue', 'motor') or luck.random() < 0.4:
        painter.rectangle((-a - 0.3, -0.2), (-a * 0.86, 0.2), (28, 28, 32))
    return painter.finish()


def draw_house(thing: Thing, camera: Camera, _time_s: float, sun) -> Patch:
    luck = dice(thing.luck)
    base, style = luck.choice(ROOFS), luck.choice(('gable', 'gable', 'hip', 'flat'))
    a, b = thing.size[0] / 2, thing.size[1] / 2
    painter = Painter(camera, (thing.x, thing.y, thing.heading), math.hypot(a, b) + 0.4, 2)
    if style == 'flat':
        base = luck.choice(((158, 156, 150), (128, 130, 132), (176, 166, 150)))
        painter.rectangle((-a, -b), (a, b), shade(base, 1.18))
        painter.rectangle((-a + 0.35, -b + 0.35), (a - 0.35, b - 0.35), base)
        for _ in range(luck.choice((1, 2, 3))):
            x, y = luck.uniform(-0.6, 0.5) * a, luck.uniform(-0.6, 0.5) * b
            painter.rectangle((x, y), (x + luck.uniform(0.7, 1.6), y + luck.uniform(0.7, 1.2)), shade(base, luck.choice((0.6, 1.25))))
        return painter.finish()
    ridge = a if style == 'gable' else a - b * 0.8
    faces = [([(-a, -b), (a, -b), (ridge, 0), (-ridge, 0)], (0, -1)), ([(-a, b), (a, b), (ridge, 0), (-ridge, 0)], (0, 1))]
    if style == 'hip':
        faces += [([(a, -b), (a, b), (ridge, 0)], (1, 0)), ([(-a, -b), (-a, b), (-ridge, 0)], (-1, 0))]
    cos, sin = math.cos(thing.heading), math.sin(thing.heading)
    for points, (nx, ny) in faces:
        facing = (nx * cos - ny * sin) * sun.x + (nx * sin + ny * cos) * sun.y
        colour = shade(base, 0.9 + 0.3 * sun.strength * facing)
        painter.polygon(points, colour)
        for row in np.arange(0.12, 0.98, 0.9 / max(b, 1)):
            ends = [np.array(points[k]) * (1 - row) + np.array(points[-1 - k] if len(points) == 4 else points[2]) * row for k in (0, 1)]
            painter.line(ends[0], ends[1], 0.09, shade(colour, luck.uniform(0.86, 0.93)))
    painter.line((-ridge, 0), (ridge, 0), 0.3, shade(base, 1.18))
    if luck.random() < 0.7:
        x, y = luck.uniform(-0.6, 0.6) * a, luck.choice((-0.45, 0.45)) * b
        painter.rectangle((x - 0.7, y - 0.45), (x + 0.7, y + 0.45), shade(base, 0.7))
        painter.rectangle((x - 0.55, y - 0.3), (x + 0.55, y + 0.3), shade(base, 0.85))
    if luck.random() < 0.3:
        x, y = luck.uniform(-0.5, 0.1) * a, luck.choice((-0.75, 0.25)) * b
        painter.rectangle((x, y), (x + 2.6, y + b * 0.5), (30, 40, 72))
    return painter.finish()


def draw_tree(thing: Thing, camera: Camera, _time_s: float, sun) -> Patch:
    luck = dice(thing.luck)
    radius = thing.size[0]
    painter = Painter(camera, (thing.x, thing.y, 0.0), radius * 1.35, 2)
    green = luck.choice(((58, 88, 40), (72, 100, 46), (46, 78, 48), (90, 104, 50), (62, 84, 34)))
    blobs = [(luck.uniform(0, 6.3), math.sqrt(luck.random()) * radius * 0.8, luck.uniform(0.24, 0.48) * radius) for _ in range(16)]
    for angle, far, size in blobs:
        painter.ellipse((far * math.cos(angle), far * math.sin(angle)), (size, size), shade(green, 0.72))
    for angle, far, size in blobs:
        x, y = far * math.cos(angle), far * math.sin(angle)
        lit = 0.95 + 0.3 * sun.strength * (x * sun.x + y * sun.y) / radius + luck.uniform(-0.08, 0.12)
        lift = 0.22 * size
        painter.ellipse((x + sun.x * lift, y + sun.y * lift), (size * 0.72, size * 0.72), shade(green, lit))
    return painter.finish()


def draw_bale(thing: Thing, camera: Camera, _time_s: float, _sun) -> Patch:
    luck = dice(thing.luck)
    painter = Painter(camera, (thing.x, thing.y, thing.heading), 1.6, 3)
    if luck.random() < 0.5:
        colour = luck.choice(((196, 168, 104), (214, 212, 200)))
        painter.rectangle((-0.7, -0.55), (0.7, 0.55), colour)
        painter.line((-0.7, 0), (0.7, 0), 0.08, shade(colour, 0.8))
    else:
        grey = luck.uniform(90, 150)
        painter.polygon([(luck.uniform(0.5, 0.9) * math.cos(k), luck.uniform(0.4, 0.8) * math.sin(k)) for k in np.arange(0, 6.2, 0.9)], (grey, grey * 0.96, grey * 0.9))
    return painter.finish()


def draw_debris(thing: Thing, camera: Camera, _time_s: float, _sun) -> Patch:
    luck = dice(thing.luck)
    painter = Painter(camera, (thing.x, thing.y, thing.heading), 2.6, 3)
    brown = luck.choice(((86, 66, 46), (112, 92, 66), (66, 56, 44)))
    kind = luck.random()
    if kind < 0.5:
        length = luck.uniform(0.9, 2.3)
        painter.line((-length, 0), (length, luck.uniform(-0.3, 0.3)), luck.uniform(0.18, 0.4), brown)
        painter.line((0, 0), (0.6, luck.choice((-0.7, 0.7))), 0.14, brown)
    elif kind < 0.8:
        painter.rectangle((-0.5, -0.4), (0.5, 0.4), luck.choice(((150, 120, 80), (186, 186, 180), (60, 90, 120))))
    else:
        for _ in range(9):
            painter.ellipse((luck.gauss(0, 0.6), luck.gauss(0, 0.45)), (luck.uniform(0.2, 0.4),) * 2, (luck.uniform(60, 90), luck.uniform(80, 100), 44))
    return painter.finish()


DRAW = {'person': draw_person, 'car': draw_car, 'boat': draw_boat, 'house': draw_house, 'tree': draw_tree, 'bale': draw_bale, 'debris': draw_debris}
