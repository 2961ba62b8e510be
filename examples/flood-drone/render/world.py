"""What stands on the land: houses, trees, debris, and the people, cars and boats that are the ground truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from .noise import dice
from .terrain import Road, Terrain

LABELS = ('person', 'car', 'boat')
CELL_M = 9.0


@dataclass(frozen=True)
class Thing:
    """Anything that is drawn. `layer` orders the drawing, `height_m` sets the shadow's length."""

    kind: str
    x: float
    y: float
    heading: float
    luck: int
    layer: int
    height_m: float
    size: tuple[float, float] = (1.0, 1.0)
    pose: str = ''
    speed: float = 0.0
    label: str | None = field(default=None)


GROUND, AFLOAT, ABOARD, HOUSE, ON_ROOF, TREE = range(6)


def person(x: float, y: float, heading: float, luck: int, pose: str, layer: int) -> Thing:
    """A person; poses: stand, wave, walk, sit, lie."""
    return Thing('person', x, y, heading, luck, layer, 0.5 if pose in ('lie', 'sit') else 1.6, pose=pose, label='person')


class World:
    """A map with everything on it, without end: each slot of a road, of the river or of the land has its own luck."""

    def __init__(self, seed: int):
        self.seed = seed
        self.terrain = Terrain(seed)
        rng = dice(seed, 2)
        self.house_spacing_m = rng.uniform(17, 26)
        self.house_chance = rng.uniform(0.45, 0.95)
        self.tree_chance = rng.uniform(0.08, 0.4)
        self.crowd = rng.uniform(0.6, 1.3)
        self._houses = lru_cache(maxsize=4096)(self._make_house)
        self._land = lru_cache(maxsize=16384)(self._make_land)

    def things(self, x: float, y: float, radius: float, time_s: float) -> list[Thing]:
        """Everything within `radius` metres, in drawing order."""
        found: list[Thing] = []
        roads = self.terrain.roads_near(x, y, radius)
        for road in roads:
            middle = x if road.across else y
            found += self._along_road(road, middle - radius - 9, middle + radius + 9, time_s)
        found += self._river_boats(y - radius - 6, y + radius + 6, time_s)
        for i in range(math.floor((x - radius - 6) / CELL_M), math.floor((x + radius + 6) / CELL_M) + 1):
            for j in range(math.floor((y - radius - 6) / CELL_M), math.floor((y + radius + 6) / CELL_M) + 1):
                found += self._land(i, j)
        reach = radius + 9
        near = [t for t in found if (t.x - x) ** 2 + (t.y - y) ** 2 < reach * reach]
        return sorted(near, key=lambda t: (t.layer, t.luck))

    def _along_road(self, road: Road, start: float, end: float, time_s: float) -> list[Thing]:
        found: list[Thing] = []
        spacing = self.house_spacing_m
        for slot in range(math.floor(start / spacing), math.ceil(end / spacing) + 1):
            for side in (-1, 1):
                found += self._houses(road.index, slot, side)
        for side in (-1, 1):
            found += self._lane(road, side, start, end, time_s)
        found += self._walkers(road, start, end, time_s)
        return found

    def _lane(self, road: Road, side: int, start: float, end: float, time_s: float) -> list[Thing]:
        rng = dice(self.seed, 3, road.index, side)
        gap, speed = rng.uniform(14, 30), (rng.uniform(2.5, 7) if road.raised else 0.0)
        direction = -side if road.across else side
        travelled = direction * speed * time_s
        cars = []
        for slot in range(math.floor((start - travelled) / gap), math.ceil((end - travelled) / gap) + 1):
            luck = dice(self.seed, 4, road.index, side, slot)
            if luck.random() > (0.6 if road.raised else 0.4):
                continue
            along = slot * gap + luck.uniform(0, gap - 8) + travelled
            offset = side * (road.half_width_m * 0.5 if road.raised else road.half_width_m * luck.uniform(0.4, 1.5))
            x, y, angle = road.place(along, offset)
            if not road.raised and self.terrain.height(x, y) < -0.25:
                continue
            facing = angle + (math.pi if (direction < 0 if speed else luck.random() < 0.5) else 0)
            turn = 0.0 if road.raised else luck.gauss(0, 0.15)
            size = (luck.uniform(3.8, 5.0), luck.uniform(1.75, 2.05))
            cars.append(Thing('car', x, y, facing + turn, luck.getrandbits(30), GROUND, 1.4, size, speed=speed, label='car'))
        return cars

    def _walkers(self, road: Road, start: float, end: float, time_s: float) -> list[Thing]:
        people = []
        for slot in range(math.floor(start / 11), math.ceil(end / 11) + 1):
            luck = dice(self.seed, 5, road.index, slot)
            if luck.random() > 0.42 * self.crowd:
                continue
            walk = luck.uniform(-1, 1) if luck.random() < 0.6 else 0.0
            along = slot * 11 + luck.uniform(0, 8) + 4 * math.sin(walk * time_s / 4)
            side = luck.choice((-1, 1)) * (road.half_width_m + luck.uniform(-0.3, 2.2))
            for member in range(luck.choice((1, 1, 1, 2, 3))):
                x, y, angle = road.place(along + member * luck.uniform(1.9, 2.8), side + luck.uniform(-0.9, 0.9))
                pose = 'walk' if walk else luck.choice(('stand', 'stand', 'wave', 'sit'))
                facing = angle + (math.pi if walk * math.cos(walk * time_s / 4) < 0 else 0) if walk else luck.uniform(0, 6.3)
                bits = luck.getrandbits(30)
                if self.terrain.height(x, y) > (-0.3 if pose == 'wave' else 0.05):
                    people.append(person(x, y, facing, bits, pose, GROUND))
        return people

    def _make_house(self, road_index: int, slot: int, side: int) -> tuple[Thing, ...]:
        luck = dice(self.seed, 6, road_index, slot, side)
        road = self.terrain.roads[road_index]
        if luck.random() > self.house_chance * (0.5 if road.raised else 1.0):
            return ()
        size = (luck.uniform(8, 13.5), luck.uniform(6.5, 9.5))
        along = (slot + 0.5) * self.house_spacing_m + luck.uniform(-1.5, 1.5)
        x, y, angle = road.place(along, side * (road.half_width_m + size[0] / 2 + luck.uniform(2.5, 5)))
        terrain = self.terrain
        height = terrain.height(x, y)
        clearance = 7.2 if road.across else 25.0  # at a crossing only one of the roads has houses
        blocked = any(abs(float(r.distance(x, y))) < r.half_width_m + clearance for r in terrain.roads_near(x, y, 16) if r is not road)
        in_river = abs(x - float(terrain.river.value(y))) < terrain.river_half_width_m + 6
        if blocked or in_river or height < -2.2:
            return ()
        heading = angle + luck.choice((0, math.pi / 2)) + luck.gauss(0, 0.05)
        house = Thing('house', x, y, heading, luck.getrandbits(30), HOUSE, luck.uniform(2.6, 5.0), size)
        return (house, *self._roof_people(house, height, luck))

    def _roof_people(self, house: Thing, height: float, luck) -> list[Thing]:
        if height > 0.1 or luck.random() > 0.6 * self.crowd:
            return []
        cos, sin = math.cos(house.heading), math.sin(house.heading)
        people = []
        count = luck.choice((1, 2, 2, 3, 3))
        for place in range(count):
            u = (place + 0.5) / count * 0.8 - 0.4 + luck.uniform(-0.03, 0.03)
            v = luck.uniform(-0.32, 0.32)
            dx, dy = u * house.size[0], v * house.size[1]
            pose = luck.choice(('wave', 'wave', 'stand', 'sit', 'lie'))
            people.append(person(house.x + dx * cos - dy * sin, house.y + dx * sin + dy * cos, luck.uniform(0, 6.3),
                                 luck.getrandbits(30), pose, ON_ROOF))
        return people

    def _river_boats(self, start: float, end: float, time_s: float) -> list[Thing]:
        found: list[Thing] = []
        terrain = self.terrain
        for lane, (speed, side) in enumerate(((2.6, -0.45), (-1.9, 0.45))):
            travelled = speed * time_s
            for slot in range(math.floor((start - travelled) / 21), math.ceil((end - travelled) / 21) + 1):
                luck = dice(self.seed, 7, lane, slot)
                if luck.random() > 0.62:
                    continue
                y = slot * 21 + luck.uniform(0, 11) + travelled
                x = float(terrain.river.value(y)) + terrain.river_half_width_m * (side + luck.uniform(-0.25, 0.25))
                heading = math.atan2(math.copysign(1, speed), float(terrain.river.slope(y)) * math.copysign(1, speed))
                found += self._boat(x, y, heading, abs(speed), luck)
        return found

    def _boat(self, x: float, y: float, heading: float, speed: float, luck) -> list[Thing]:
        """A boat with its crew, if there is water under the whole of it."""
        pose = luck.choice(('rescue', 'rescue', 'rowing', 'motor', 'punt'))
        size = (luck.uniform(4.2, 7.0), luck.uniform(1.7, 2.3))
        ahead = (math.cos(heading) * size[0] / 2, math.sin(heading) * size[0] / 2)
        if any(self.terrain.height(x + k * ahead[0], y + k * ahead[1]) > -0.35 for k in (-1.2, 0, 1.2)):
            return []
        boat = Thing('boat', x, y, heading, luck.getrandbits(30), AFLOAT, 0.7, size, pose, speed, label='boat')
        crew = []
        for seat in range(luck.choice((0, 1, 1, 2, 2)) if pose != 'motor' else luck.choice((0, 1))):
            u = (0.18 - 0.4 * seat) * size[0] if pose != 'motor' else -0.3 * size[0]
            v = luck.uniform(-0.18, 0.18) * size[1]
            crew.append(person(x + u * math.cos(heading) - v * math.sin(heading), y + u * math.sin(heading) + v * math.cos(heading),
                               heading + luck.gauss(0, 0.5), luck.getrandbits(30), luck.choice(('sit', 'stand', 'wave')), ABOARD))
        return [boat, *crew]

    def _make_land(self, i: int, j: int) -> tuple[Thing, ...]:
        """What the cell holds besides: a tree, a bale, debris, a moored boat, someone wading."""
        luck = dice(self.seed, 8, i, j)
        x, y = (i + luck.uniform(0.1, 0.9)) * CELL_M, (j + luck.uniform(0.1, 0.9)) * CELL_M
        roll, bits, heading = luck.random(), luck.getrandbits(30), luck.uniform(0, 6.3)
        if any(abs(float(r.distance(x, y))) < r.half_width_m + 2.8 for r in self.terrain.roads_near(x, y, 0)):
            return ()
        height = self.terrain.height(x, y)
        clear = not self._near_house(x, y)
        if roll < self.tree_chance and height > -1.0:
            radius = luck.uniform(1.1, 3.4)
            return (Thing('tree', x, y, heading, bits, TREE, radius * 1.5, (radius, radius)),) if clear else ()
        if roll > 0.94 and height < -0.6 and clear and not self._near_river(x, y):
            return tuple(self._boat(x, y, heading, 0.0, luck))
        if roll > 0.86 and clear:
            return (Thing('debris' if height < -0.2 else 'bale', x, y, heading, bits, GROUND, 0.5),)
        if roll > 0.76 and clear and height > -0.45 and luck.random() < self.crowd:
            pose = 'wave' if height < 0.1 else luck.choice(('stand', 'walk', 'wave'))
            return (person(x, y, heading, bits, pose, GROUND),)
        return ()

    def _near_river(self, x: float, y: float) -> bool:
        return abs(x - float(self.terrain.river.value(y))) < self.terrain.river_half_width_m + 2

    def _near_house(self, x: float, y: float) -> bool:
        for road in self.terrain.roads_near(x, y, 8):
            slot = math.floor((x if road.across else y) / self.house_spacing_m)
            for near in (slot - 1, slot, slot + 1):
                for side in (-1, 1):
                    if any(t.kind == 'house' and (t.x - x) ** 2 + (t.y - y) ** 2 < 72 for t in self._houses(road.index, near, side)):
                        return True
        return False
