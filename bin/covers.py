"""Draws the covers of the sample courses: a title in serif on a quiet coloured ground with a sign.

Used by bin/make_media.py.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1280, 720
SCALE = 2  # drawn larger and scaled down, so that edges are smooth
Font = Callable[[int, str], ImageFont.FreeTypeFont]
Draw = Callable[[ImageDraw.ImageDraw, np.random.Generator], None]
LIGHT = (255, 255, 255, 46)
FAINT = (255, 255, 255, 22)


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on a cover: two colours from corner to corner, the words and the sign."""

    kicker: str
    title: str
    dark: tuple[int, int, int]
    bright: tuple[int, int, int]
    sign: Draw


def make_cover(cover: Cover, target: Path, *, font: Font, seed: int) -> None:
    """Draw the cover and save it as a JPEG."""
    image = ground(cover.dark, cover.bright).convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    cover.sign(ImageDraw.Draw(layer), np.random.default_rng(seed))
    image = Image.alpha_composite(image, layer).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    draw.rectangle((96, 118, 152, 124), fill=(255, 255, 255, 255))
    draw.text((96, 146), cover.kicker, font=font(34, "Regular"), fill=(255, 255, 255, 255))
    draw.text((92, 560), cover.title, font=font(84, "Bold"), fill="white", anchor="ls")
    image.convert("RGB").save(target, quality=84, optimize=True)


def ground(dark: tuple[int, int, int], bright: tuple[int, int, int]) -> Image.Image:
    """A slope from the dark colour, top left, to the bright one, bottom right."""
    x = np.linspace(0, 1, WIDTH * SCALE)[None, :]
    y = np.linspace(0, 1, HEIGHT * SCALE)[:, None]
    share = np.clip(0.62 * x + 0.38 * y, 0, 1)[..., None] ** 1.4
    colours = np.array(dark) * (1 - share) + np.array(bright) * share
    return Image.fromarray(colours.astype("uint8"), "RGB")


def helmet(draw: ImageDraw.ImageDraw, _rng: np.random.Generator) -> None:
    """A dome over a brim, and rays of a rising sun behind it."""
    for step in range(19):
        angle = math.pi * (1 + step / 18)
        far = (1900 + 1100 * math.cos(angle), 1060 + 1100 * math.sin(angle))
        near = (1900 + 560 * math.cos(angle), 1060 + 560 * math.sin(angle))
        draw.line((*near, *far), fill=FAINT, width=14)
    draw.pieslice((1460, 600, 2340, 1480), 180, 360, fill=LIGHT)
    draw.rounded_rectangle((1340, 1050, 2460, 1130), radius=40, fill=LIGHT)
    draw.rounded_rectangle((1860, 540, 1940, 1000), radius=40, fill=LIGHT)


def flame(draw: ImageDraw.ImageDraw, _rng: np.random.Generator) -> None:
    """Three tongues of fire inside one another, leaning as in a draught."""
    for size, strength in ((1.0, 40), (0.66, 74), (0.36, 120)):
        points = []
        for step in range(121):
            turn = 2 * math.pi * step / 120
            up = (1 + math.cos(turn)) / 2  # 0 at the foot, 1 at the tip
            wide = 360 * math.sin(turn) * (1 - up) ** 0.35 * (0.35 + 0.65 * (1 - up))
            lean = 150 * math.sin(1.6 * math.pi * up) - 60 * up
            points.append((1880 + size * (wide * 1.25 + lean), 1250 - size * 1080 * up))
        draw.polygon(points, fill=(255, 255, 255, strength))
    draw.rounded_rectangle((1480, 1274, 2280, 1290), radius=8, fill=LIGHT)


def bamboo(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Stalks with their joints, and a few leaves."""
    for x, width in ((1560, 54), (1790, 74), (2010, 46), (2230, 62)):
        y = int(rng.integers(-200, 0))
        while y < HEIGHT * SCALE:
            high = int(rng.integers(240, 380))
            draw.rounded_rectangle((x, y, x + width, y + high - 14), radius=16, fill=LIGHT)
            if rng.random() < 0.55:
                side = 1 if rng.random() < 0.5 else -1
                tip = (x + side * int(rng.integers(180, 260)), y + int(rng.integers(40, 120)))
                middle = (x + side * 110, y - 24)
                draw.polygon(
                    [(x + width // 2, y), middle, tip, (x + side * 90, y + 36)], fill=LIGHT
                )
            y += high


def fingerprint(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Ridges of a finger: arcs around one point, broken here and there."""
    for radius in range(60, 720, 56):
        start = float(rng.uniform(0, 40))
        while start < 360:
            length = float(rng.uniform(70, 170))
            box = (1900 - radius, 760 - int(radius * 1.2), 1900 + radius, 760 + int(radius * 1.2))
            draw.arc(box, start, min(start + length, 400), fill=LIGHT, width=20)
            start += length + float(rng.uniform(8, 26))


COVERS = {
    "safety-basics": Cover("安全", "安全生产入门", (92, 22, 18), (196, 92, 48), helmet),
    "fire-response": Cover("安全", "消防与应急", (94, 34, 14), (217, 138, 43), flame),
    "lunyu-xueer": Cover("传统文化", "读《论语》学而篇", (24, 54, 46), (104, 139, 98), bamboo),
    "privacy-basics": Cover(
        "信息安全", "个人信息保护入门", (24, 42, 68), (70, 116, 158), fingerprint
    ),
}
