"""Draws a pub from across the street. The seed decides the building, the version decides hour and chalkboard."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from sandbox.brush import WHITE, Brush, gradient, mix, shade
from sandbox.house import CREAM, GOLD, GROUND, House
from sandbox.lettering import Colour

WIDTH, HEIGHT = 960, 540
# Drawn at twice the size and reduced, because Pillow does not smooth the edges of shapes.
SCALE = 2
CHALK = ["Quiz tonight", "Trivia 7pm", "Quiz night!", "Free trivia", "Trivia inside", "Quiz + pies"]

EASEL = (44, 512, 58, 402, 150, 402, 164, 512, 154, 512, 148, 496, 60, 496, 54, 512)


@dataclass(frozen=True)
class Hour:
    top: Colour
    horizon: Colour
    light: Colour
    lamps: bool
    sun: tuple[int, int] | None = None


HOURS = [
    Hour((84, 154, 216), (214, 234, 246), WHITE, lamps=False, sun=(850, 70)),
    Hour((66, 58, 124), (252, 168, 104), (226, 184, 176), lamps=True, sun=(86, 300)),
    Hour((12, 18, 46), (48, 62, 108), (112, 120, 164), lamps=True),
    Hour((150, 190, 224), (255, 226, 188), (255, 240, 222), lamps=False, sun=(110, 150)),
]


def pub_front(seed: str, label: str, version: int, *, backdrop: bool = True, blink: bool = False) -> Image.Image:
    """Return an RGB image of 960x540; without backdrop RGBA, transparent around the house. blink: switch the lamps."""
    house = House(seed, label)
    hour = HOURS[(random.Random(seed).randrange(len(HOURS)) + version) % len(HOURS)]
    chance = random.Random(f"{seed}#{version}")
    lamps = hour.lamps != blink
    image = gradient(hour.top, hour.horizon, (WIDTH * SCALE, HEIGHT * SCALE))
    outdoors = Brush(image, SCALE, hour.light)
    indoors = Brush(image, SCALE)
    paint_sky(indoors, hour, chance)
    house.walls(outdoors)
    glazing(indoors, house, lamps, chance)
    house.hanging_sign(outdoors)
    house.front(outdoors)
    indoors.text(house.middle, 317, label, 38, house.width - 40, (255, 226, 150) if lamps else GOLD)
    street(outdoors, house, chance)
    if version > 1:
        chalkboard(indoors, CHALK[(version - 2) % len(CHALK)])
    small = image.reduce(SCALE)
    if lamps:
        small = ImageChops.screen(small, glow(house))
    if not backdrop:
        small.putalpha(silhouette(house, version))
    return small


def paint_sky(brush: Brush, hour: Hour, chance: random.Random) -> None:
    if hour.sun is None:
        for _ in range(70):
            radius = chance.choice([0.7, 1.0, 1.5])
            brush.oval(chance.uniform(0, WIDTH), chance.uniform(0, 260), radius, radius, (236, 238, 255))
        brush.oval(870, 76, 32, 32, (246, 240, 214))
        brush.oval(856, 68, 30, 30, mix(hour.top, hour.horizon, 0.13))
    else:
        x, y = hour.sun
        behind = mix(hour.top, hour.horizon, y / HEIGHT)
        for radius, brightness in ((64, 0.25), (48, 0.45), (34, 1.0)):
            brush.oval(x, y, radius, radius, mix(behind, (255, 246, 206), brightness))
        for _ in range(5):
            x, y = chance.randrange(20, WIDTH - 20), chance.randrange(24, 130)
            for dx, dy, radius in ((-38, 4, 16), (-16, -5, 22), (10, -8, 24), (34, 2, 18)):
                brush.oval(x + dx, y + dy, radius * 1.3, radius * 0.72, mix(hour.horizon, WHITE, 0.67))
    roofs = mix(shade(hour.horizon, 0.72), hour.top, 0.2)
    for x in range(-60, WIDTH + 100, 130):
        rise = chance.randrange(70, 150)
        brush.box(x, GROUND - rise, 110, rise, roofs)
        brush.shape(x - 8, GROUND - rise, x + 55, GROUND - rise - 34, x + 118, GROUND - rise, fill=roofs)


def glazing(brush: Brush, house: House, lamps: bool, chance: random.Random) -> None:
    for x, y, width, height in house.panes():
        brush.box(x, y, width, height, (255, 214, 122) if lamps else (132, 164, 184))
        if not lamps:
            slant = (x + width * 0.15, y + height, x + width * 0.5, y, x + width * 0.75, y, x + width * 0.4, y + height)
            brush.shape(*slant, fill=(164, 192, 206))
        if y < 300:
            curtain = shade(house.accent, 1.5 if lamps else 1.2)
            brush.shape(x, y, x + 16, y, x, y + height * 0.8, fill=curtain)
            brush.shape(x + width, y, x + width - 16, y, x + width, y + height * 0.8, fill=curtain)
            brush.box(x, y + height / 2 - 2, width, 4, CREAM)
            brush.box(x + width / 2 - 1.5, y, 3, height, CREAM)
        elif width > 100:
            if lamps:
                guests(brush, x, y + height, width, chance)
            for part in (1, 2):
                brush.box(x + width * part / 3 - 2, y, 4, height, house.trim)


def guests(brush: Brush, x: float, floor: float, width: float, chance: random.Random) -> None:
    for place in range(4):
        middle = x + width * (place + 0.5) / 4 + chance.uniform(-8, 8)
        clothes = chance.choice([(124, 74, 48), (104, 58, 54), (92, 70, 62)])
        head = floor - chance.uniform(30, 38)
        brush.oval(middle, head, 8, 9, clothes)
        brush.pie(middle, floor, 17, floor - head - 8, 180, 360, clothes)


def street(brush: Brush, house: House, chance: random.Random) -> None:
    brush.box(0, GROUND, WIDTH, 44, (196, 190, 180))
    for x in range(-20, WIDTH, 64):
        brush.line(x + 18, GROUND, x, GROUND + 38, fill=(172, 166, 156), width=1.5)
    brush.box(0, GROUND + 36, WIDTH, 8, (150, 146, 140))
    brush.box(0, GROUND + 44, WIDTH, HEIGHT - GROUND - 44, (86, 86, 92))
    for x in range(-30, WIDTH, 150):
        brush.box(x, HEIGHT - 20, 84, 5, (226, 222, 206))
    for x in (house.left + 60, house.right - 60):
        brush.box(x - 34, GROUND + 2, 68, 18, house.accent)
        for leaf in range(9):
            flower = chance.choice([(74, 122, 62), (98, 148, 76), (216, 96, 92), (240, 196, 84)])
            brush.oval(x - 30 + leaf * 7.5, GROUND - 1 - chance.uniform(0, 6), 7, 8, flower)


def chalkboard(brush: Brush, words: str) -> None:
    """Draw a chalkboard in front of the house. Every version but the first has one."""
    brush.shape(*EASEL, fill=(132, 88, 52))
    brush.shape(58, 488, 68, 412, 140, 412, 150, 488, fill=(38, 46, 44))
    first, _, second = words.partition(" ")
    brush.text(104, 432, first, 24, 66, CREAM)
    brush.text(104, 458, second, 24, 66, GOLD)
    brush.line(78, 476, 130, 476, fill=CREAM, width=2)


def glow(house: House) -> Image.Image:
    """Return the light around the windows. It is blurred at a small size, because blurring is slow."""
    small = Image.new("RGB", (WIDTH // 4, HEIGHT // 4))
    brush = Brush(small, 0.25)
    for x, y, width, height in house.panes():
        brush.box(x - 6, y - 6, width + 12, height + 12, (110, 74, 26))
    brush.oval(house.middle, GROUND + 20, 220, 16, (70, 50, 22))
    return small.filter(ImageFilter.GaussianBlur(5)).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def silhouette(house: House, version: int) -> Image.Image:
    """Return the alpha channel: opaque where the house and its pavement are."""
    canvas = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    brush = Brush(canvas, SCALE)
    house.walls(brush)
    house.hanging_sign(brush)
    house.front(brush)
    brush.box(0, GROUND, WIDTH, HEIGHT - GROUND, WHITE)
    if version > 1:
        brush.shape(*EASEL, fill=WHITE)
    return canvas.convert("L").point([0] + [255] * 255).reduce(SCALE)
