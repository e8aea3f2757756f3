"""Draws a quizmaster. The seed decides the face, the version decides shirt, backdrop and pose."""

from __future__ import annotations

import random

from PIL import Image

from sandbox.brush import WHITE, Brush, gradient, mix, shade
from sandbox.lettering import Colour

SIDE = 600
SCALE = 2

SKINS: list[Colour] = [(250, 216, 188), (236, 188, 150), (206, 152, 112), (160, 108, 74), (112, 74, 52)]
HAIRS: list[Colour] = [(46, 34, 30), (178, 176, 174), (98, 62, 40), (168, 108, 52), (222, 184, 110), (150, 62, 38)]
SHIRTS: list[Colour] = [(204, 70, 66), (44, 92, 136), (58, 124, 92), (124, 70, 130), (226, 150, 54), (54, 58, 70)]
BACKDROPS: list[tuple[Colour, Colour]] = [
    ((252, 212, 130), (240, 150, 100)), ((148, 204, 220), (84, 140, 180)), ((196, 220, 164), (112, 168, 120)),
    ((222, 190, 226), (150, 116, 180)), ((250, 196, 188), (214, 120, 120)),
]  # fmt: skip
CURLS = [(206, 236), (204, 190), (226, 150), (262, 122), (300, 112), (338, 122), (374, 150), (396, 190), (394, 236)]
INK: Colour = (44, 34, 34)


def portrait(seed: str, label: str, version: int, *, backdrop: bool = True, blink: bool = False) -> Image.Image:
    """Return an RGB image of 600x600; without backdrop RGBA, transparent around the person. blink: with closed eyes."""
    face = random.Random(seed)
    skin = face.choice(SKINS)
    hair = face.choice(HAIRS if skin in SKINS[:3] else HAIRS[:3])
    cut, glasses = face.choice(["short", "long", "bun", "curly"]), face.random() < 0.35
    first_shirt, first_backdrop = face.randrange(len(SHIRTS)), face.randrange(len(BACKDROPS))
    shirt = SHIRTS[(first_shirt + version) % len(SHIRTS)]
    top, bottom = BACKDROPS[(first_backdrop + version) % len(BACKDROPS)]
    image = gradient(top, bottom, (SIDE * SCALE, SIDE * SCALE))
    brush = Brush(image, SCALE)
    brush.oval(300, 290, 236, 236, mix(top, WHITE, 0.35))
    shoulders(brush, skin, hair, shirt, cut)
    head(brush, skin, hair, cut)
    eyes(brush, hair, shut=blink, glasses=glasses)
    if version % 2 == 0:
        microphone(brush, skin)
    name_plate(brush, label, shirt)
    small = image.reduce(SCALE)
    if not backdrop:
        mask = Image.new("RGB", image.size)
        cutout = Brush(mask, SCALE)
        shoulders(cutout, WHITE, WHITE, WHITE, cut)
        head(cutout, WHITE, WHITE, cut)
        if version % 2 == 0:
            microphone(cutout, WHITE)
        name_plate(cutout, "", WHITE)
        small.putalpha(mask.convert("L").point([0] + [255] * 255).reduce(SCALE))
    return small


def shoulders(brush: Brush, skin: Colour, hair: Colour, shirt: Colour, cut: str) -> None:
    if cut == "long":
        brush.rounded(196, 150, 208, 280, 96, shade(hair, 0.86))
    elif cut == "bun":
        brush.oval(300, 112, 50, 46, hair)
    elif cut == "curly":
        for x, y in CURLS:
            brush.oval(x, y, 44, 42, hair)
    brush.rounded(136, 418, 328, 260, 118, shirt)
    brush.box(262, 360, 76, 76, shade(skin, 0.88))
    brush.pie(300, 428, 62, 46, 0, 180, shade(skin, 0.96))
    brush.shape(238, 420, 300, 476, 262, 500, 216, 432, fill=shade(shirt, 1.25))
    brush.shape(362, 420, 300, 476, 338, 500, 384, 432, fill=shade(shirt, 1.25))


def head(brush: Brush, skin: Colour, hair: Colour, cut: str) -> None:
    for x in (206, 394):
        brush.oval(x, 268, 19, 26, shade(skin, 0.92))
    brush.oval(300, 262, 98, 122, skin)
    fringe(brush, cut, hair)
    for x in (262, 338):
        brush.oval(x + (x - 300) * 0.55, 300, 16, 11, mix(skin, (230, 110, 100), 0.28))
    brush.arc(300, 284, 12, 11, 20, 160, shade(skin, 0.78), 5)
    brush.pie(300, 314, 38, 30, 0, 180, (148, 48, 52))
    brush.pie(300, 314, 32, 13, 0, 180, WHITE)


def eyes(brush: Brush, hair: Colour, *, shut: bool, glasses: bool) -> None:
    for x in (262, 338):
        brush.arc(x, 246, 20, 14, 205, 335, shade(hair, 0.8), 6)
        if shut:
            brush.arc(x, 258, 13, 10, 20, 160, INK, 4)
        else:
            brush.oval(x, 262, 13, 14, WHITE)
            brush.oval(x + 1, 263, 7.5, 8.5, INK)
            brush.oval(x + 4, 259, 2.5, 2.5, WHITE)
    if glasses:
        for x in (260, 340):
            brush.arc(x, 263, 29, 27, 0, 360, INK, 5)
        brush.line(288, 260, 312, 260, fill=INK, width=5)


def fringe(brush: Brush, cut: str, hair: Colour) -> None:
    if cut == "short":
        brush.pie(300, 222, 102, 92, 180, 360, hair)
        brush.shape(198, 222, 402, 222, 398, 250, 386, 216, 240, 206, 214, 218, 202, 250, fill=hair)
    elif cut == "curly":
        for x, y in ((236, 176), (274, 160), (318, 158), (360, 174)):
            brush.oval(x, y, 36, 30, hair)
    else:
        brush.pie(300, 214, 104, 88, 180, 360, hair)
        brush.shape(196, 212, 330, 212, 224, 236, 198, 286, fill=hair)
        brush.shape(404, 212, 316, 212, 382, 234, 402, 286, fill=hair)


def microphone(brush: Brush, skin: Colour) -> None:
    brush.shape(404, 420, 428, 426, 412, 546, 388, 540, fill=(60, 60, 66))
    brush.oval(418, 398, 32, 34, (92, 92, 100))
    for shift in (-14, 0, 14):
        brush.line(392, 398 + shift, 444, 398 + shift, fill=(130, 130, 140), width=2)
    brush.rounded(374, 462, 64, 58, 24, shade(skin, 0.97))
    for y in (476, 490, 504):
        brush.line(384, y, 426, y, fill=shade(skin, 0.82), width=2)


def name_plate(brush: Brush, label: str, colour: Colour) -> None:
    brush.rounded(48, 528, 504, 56, 16, shade(colour, 0.55))
    brush.text(300, 556, label, 34, 470, (255, 246, 226))
