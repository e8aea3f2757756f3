"""Makes docs/before-after.jpg, the README's picture, from the sandbox: python docs/pictures.py"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from trivia_scraper.sandbox.client import running_sandbox

VENUE = "act-3rd-space-canberra"
WIDTH, GAP = 560, 16

with running_sandbox() as sandbox:
    url = next(picture["url"] for picture in sandbox.pictures() if picture["venue"] == VENUE)
    bodies = [sandbox.served(url)]
    sandbox.change([url])
    bodies.append(sandbox.served(url))

pictures = [Image.open(BytesIO(body)) for body in bodies]
height = round(pictures[0].height * WIDTH / pictures[0].width)
sheet = Image.new("RGB", (2 * WIDTH + GAP, height), "white")
for place, picture in enumerate(pictures):
    sheet.paste(picture.resize((WIDTH, height), Image.Resampling.LANCZOS), (place * (WIDTH + GAP), 0))
sheet.save(Path(__file__).parent / "before-after.jpg", quality=85)
