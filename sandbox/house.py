"""Draws the building of a pub. The seed decides every part, so that all versions of an image show the same building."""

from __future__ import annotations

import random

from sandbox.brush import Brush, shade
from sandbox.lettering import Colour

GROUND = 452

WALLS: list[Colour] = [
    (238, 224, 194), (176, 92, 72), (168, 184, 152), (142, 168, 188), (224, 180, 108),
    (230, 190, 174), (243, 240, 230), (120, 152, 148), (205, 150, 120),
]  # fmt: skip
TRIMS: list[Colour] = [(24, 66, 52), (28, 40, 78), (98, 28, 34), (36, 36, 40), (18, 76, 86), (84, 52, 30), (66, 34, 74)]
GOLD: Colour = (244, 208, 118)
CREAM: Colour = (252, 244, 224)
IRON: Colour = (30, 30, 34)


class House:
    def __init__(self, seed: str, label: str) -> None:
        choice = random.Random(seed)
        self.label = label
        self.wall = choice.choice(WALLS)
        self.trim = choice.choice(TRIMS)
        self.accent = choice.choice([colour for colour in TRIMS if colour != self.trim])
        self.left = choice.randrange(170, 206)
        self.width = choice.randrange(570, 616)
        self.right = self.left + self.width
        self.middle = self.left + self.width / 2
        self.windows = choice.choice([4, 5])
        self.crown = choice.choice(["gable", "arch", "flat"])
        self.bricks = choice.random() < 0.5
        self.verandah = choice.random() < 0.45
        self.emblem = choice.choice(["star", "crown", "anchor", "sun", "glass"])
        self.stone = shade(self.wall, 1.12) if sum(self.wall) < 560 else shade(self.wall, 0.86)

    def window_columns(self) -> list[float]:
        pitch = self.width / self.windows
        return [self.left + pitch * (column + 0.5) for column in range(self.windows)]

    def panes(self) -> list[tuple[float, float, float, float]]:
        """Return every window as x, y, width, height."""
        upper = [(x - 28, 176.0, 56.0, 88.0) for x in self.window_columns()]
        wide = self.width / 2 - 96
        ground = [(self.left + 34, 356.0, wide, 70.0), (self.middle + 62, 356.0, wide, 70.0)]
        return [*upper, *ground, (self.middle - 34, 352.0, 68.0, 20.0)]

    def walls(self, brush: Brush) -> None:
        self._crown(brush)
        brush.box(self.left, 140, self.width, GROUND - 140, self.wall)
        if self.bricks:
            self._bricks(brush)
        brush.box(self.left - 12, 132, self.width + 24, 14, self.stone)
        brush.box(self.left - 6, 146, self.width + 12, 5, shade(self.stone, 0.8))
        for corner in range(156, 284, 22):
            brush.box(self.left, corner, 16, 13, self.stone)
            brush.box(self.right - 16, corner, 16, 13, self.stone)
        for x, y, width, height in self.panes():
            brush.box(x - 7, y - 7, width + 14, height + 14, self.stone if y < 300 else self.trim)
        for x in self.window_columns():
            brush.box(x - 40, 269, 80, 8, shade(self.stone, 0.82))
        brush.box(self.left, GROUND - 22, self.width, 22, self.trim)
        for tile in range(self.left, self.right - 10, 20):
            brush.box(tile + 1, GROUND - 20, 18, 18, shade(self.trim, 1.25))
        self._door(brush)

    def _crown(self, brush: Brush) -> None:
        middle, stone = self.middle, self.stone
        urns: list[float] = [self.left + 6, self.right - 6]
        if self.crown == "flat":
            urns += [self.left + self.width * 0.33, self.left + self.width * 0.67]
        elif self.crown == "gable":
            brush.shape(middle - 120, 140, middle, 74, middle + 120, 140, fill=stone)
            brush.shape(middle - 92, 136, middle, 86, middle + 92, 136, fill=self.wall)
        else:
            brush.oval(middle, 140, 104, 62, stone)
            brush.oval(middle, 142, 88, 50, self.wall)
        if self.crown != "flat":
            brush.oval(middle, 118, 14, 14, self.trim)
            brush.oval(middle, 118, 9, 9, CREAM)
        for x in urns:
            brush.box(x - 9, 112, 18, 24, stone)
            brush.oval(x, 106, 9, 9, stone)

    def _bricks(self, brush: Brush) -> None:
        mortar = shade(self.wall, 0.93)
        for row, y in enumerate(range(154, GROUND, 9)):
            brush.box(self.left, y, self.width, 1, mortar)
            for x in range(self.left + (row % 2) * 11, self.right, 22):
                brush.box(x, y, 1, 9, mortar)

    def _door(self, brush: Brush) -> None:
        middle = self.middle
        brush.box(middle - 46, 338, 92, GROUND - 338, shade(self.trim, 0.8))
        for side in (-34, 1):
            brush.box(middle + side, 376, 33, GROUND - 376, self.accent)
            brush.box(middle + side + 6, 384, 21, 28, shade(self.accent, 1.35))
            brush.box(middle + side + 6, 420, 21, 24, shade(self.accent, 0.8))
        brush.oval(middle - 5, 416, 2.5, 2.5, GOLD)
        brush.oval(middle + 5, 416, 2.5, 2.5, GOLD)
        brush.box(middle - 52, GROUND, 104, 6, (170, 166, 160))

    def front(self, brush: Brush) -> None:
        """Draw the parts in front of the wall: verandah or awning, and the fascia for the name."""
        start, end = (self.left - 30, self.right + 30) if self.verandah else (self.left - 8, self.right + 8)
        if self.verandah:
            for x in (self.left - 18, self.middle - 78, self.middle + 78, self.right + 18):
                brush.box(x - 3, 338, 6, GROUND - 332, CREAM)
                brush.shape(x - 3, 339, x - 26, 339, x - 3, 362, fill=CREAM)
                brush.shape(x + 3, 339, x + 26, 339, x + 3, 362, fill=CREAM)
            roof = shade(self.accent, 1.3)
            brush.shape(self.left - 12, 282, self.right + 12, 282, self.right + 30, 295, self.left - 30, 295, fill=roof)
        else:
            step = self.width / 18
            for stripe in range(18):
                colour = CREAM if stripe % 2 else self.accent
                x = self.left + stripe * step
                brush.box(x, 338, step, 12, shade(colour, 0.95))
                brush.pie(x + step / 2, 350, step / 2, 8, 0, 180, shade(colour, 0.88))
        brush.box(start, 294, end - start, 46, self.trim)
        brush.box(start, 294, end - start, 3, GOLD)
        brush.box(start, 337, end - start, 3, GOLD)

    def hanging_sign(self, brush: Brush) -> None:
        edge = self.right
        brush.line(edge, 192, edge + 78, 192, fill=IRON, width=4)
        brush.line(edge, 220, edge + 34, 192, fill=IRON, width=3)
        for x in (edge + 26, edge + 66):
            brush.line(x, 192, x, 204, fill=IRON, width=2)
        brush.rounded(edge + 14, 202, 64, 76, 8, GOLD)
        brush.rounded(edge + 18, 206, 56, 68, 6, self.accent)
        self._emblem(brush, edge + 46, 240)

    def _emblem(self, brush: Brush, x: float, y: float) -> None:
        if self.emblem == "star":
            ring = [(0, -22), (6, -7), (21, -7), (9, 3), (14, 18), (0, 9), (-14, 18), (-9, 3), (-21, -7), (-6, -7)]
            brush.shape(*[value for dx, dy in ring for value in (x + dx, y + dy)], fill=GOLD)
        elif self.emblem == "crown":
            ring = [(-20, 14), (-22, -12), (-9, 0), (0, -18), (9, 0), (22, -12), (20, 14)]
            brush.shape(*[value for dx, dy in ring for value in (x + dx, y + dy)], fill=GOLD)
        elif self.emblem == "anchor":
            brush.line(x, y - 16, x, y + 20, fill=GOLD, width=5)
            brush.line(x - 11, y - 6, x + 11, y - 6, fill=GOLD, width=4)
            brush.arc(x, y + 2, 18, 19, 15, 165, GOLD, 5)
            brush.oval(x, y - 19, 5, 5, GOLD)
        elif self.emblem == "sun":
            brush.oval(x, y, 11, 11, GOLD)
            for dx, dy in ((0, 22), (16, 16), (22, 0), (16, -16)):
                brush.line(x - dx, y - dy, x + dx, y + dy, fill=GOLD, width=3)
        else:
            brush.shape(x - 13, y - 20, x + 13, y - 20, x + 9, y + 22, x - 9, y + 22, fill=GOLD)
            brush.box(x - 14, y - 24, 28, 8, CREAM)
