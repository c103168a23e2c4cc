"""Make the pictures, videos, sounds and PDFs of the sample library, small and the same each time.

    python bin/make_media.py            # everything below content/
    python bin/make_media.py five-minutes signs

Videos come from storyboards (`*.yaml` beside the file they make), PDFs from `*.typ`. Needs a
Chinese font, ffmpeg and the packages pillow, numpy, pyyaml and typst. The generated files are
committed, so that set-up needs none of this.
"""

import shutil
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
import numpy as np
import typst
import yaml
from covers import COVERS, make_cover
from PIL import Image, ImageDraw, ImageFont

COURSES = Path(__file__).resolve().parent.parent / "content" / "courses"
SEED = 20261121
WIDTH, HEIGHT, FPS = 1280, 720, 25
FADE_SECONDS = 0.48
PAPER, INK, INK_SOFT, LINE = "#f7f5f0", "#201d18", "#5f594e", "#d8d1c4"
RATE = 44_100
LIMIT_BYTES = 500_000

FONT_PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-{weight}.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSerifCJK-{weight}.ttc",
    "/System/Library/Fonts/Supplemental/Songti.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)


@cache
def font(size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
    """A Chinese font of the given size; stops with advice when the machine has none."""
    for place in FONT_PLACES:
        path = Path(place.format(weight=weight))
        if path.is_file():
            # Index 2 of the Noto collections is Simplified Chinese.
            return ImageFont.truetype(str(path), size, index=2 if "CJK" in path.name else 0)
    sys.exit("No Chinese font was found. On Debian: apt-get install fonts-noto-cjk")


@cache
def ffmpeg() -> str:
    """The ffmpeg to run: the machine's own, else the one in the imageio-ffmpeg wheel."""
    return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


# Videos: calm title cards that fade into one another, a line that grows with time, soft strings.


@dataclass(frozen=True, slots=True)
class Slide:
    """One card of a storyboard."""

    seconds: float
    heading: str
    lines: tuple[str, ...]
    caption: str


def read_slides(storyboard: dict) -> list[Slide]:
    """The cards of a storyboard file."""
    return [
        Slide(s["seconds"], s["heading"], tuple(s["lines"]), s["caption"])
        for s in storyboard["slides"]
    ]


def draw_card(slide: Slide, *, kicker: str, accent: str, number: int, count: int) -> Image.Image:
    """One card: a kicker, a heading with a rule under it, a few lines, and the page number."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(card)
    draw.text((120, 96), kicker, font=font(28), fill=INK_SOFT)
    draw.text((120, 210), slide.heading, font=font(76, "Bold"), fill=INK)
    draw.rectangle((122, 326, 202, 331), fill=accent)
    for row, line in enumerate(slide.lines):
        draw.text((120, 378 + row * 70), line, font=font(42), fill=INK)
    draw.text((WIDTH - 120, 112), f"{number} / {count}", font=font(28), fill=INK_SOFT, anchor="ra")
    return card


def video_frames(slides: list[Slide], *, kicker: str, accent: str) -> Iterator[bytes]:
    """Raw RGB frames of the whole film."""
    cards = [
        draw_card(slide, kicker=kicker, accent=accent, number=i + 1, count=len(slides))
        for i, slide in enumerate(slides)
    ]
    total = sum(round(slide.seconds * FPS) for slide in slides)
    fade = round(FADE_SECONDS * FPS)
    before = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    done = 0
    for slide, card in zip(slides, cards, strict=True):
        for frame in range(round(slide.seconds * FPS)):
            image = Image.blend(before, card, frame / fade) if frame < fade else card.copy()
            draw = ImageDraw.Draw(image)
            draw.rectangle((0, HEIGHT - 6, WIDTH, HEIGHT), fill=LINE)
            draw.rectangle(
                (0, HEIGHT - 6, WIDTH * (done // FPS * FPS) // total, HEIGHT), fill=accent
            )
            done += 1
            yield image.tobytes()
        before = card


def subtitles(slides: list[Slide]) -> str:
    """The captions as SubRip text."""
    cues, at = [], 0.0
    for number, slide in enumerate(slides, 1):
        start, end = at + FADE_SECONDS, at + slide.seconds - 0.2
        cues.append(f"{number}\n{timecode(start)} --> {timecode(end)}\n{slide.caption}\n")
        at += slide.seconds
    return "\n".join(cues)


def timecode(seconds: float) -> str:
    """Seconds as the hh:mm:ss,mmm of SubRip."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def make_video(source: Path) -> None:
    """The .mp4 and the .srt of a storyboard."""
    storyboard = yaml.safe_load(source.read_text("utf-8"))
    slides = read_slides(storyboard)
    seconds = sum(slide.seconds for slide in slides)
    source.with_suffix(".srt").write_text(subtitles(slides), "utf-8")
    with TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_wave(sound, strings(seconds, seed=SEED + len(source.stem), gain=0.35))
        command = [
            *(ffmpeg(), "-nostdin", "-v", "error", "-y"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS)),
            *("-i", "pipe:0", "-i", str(sound), "-shortest"),
            *("-c:v", "libx264", "-preset", "slow", "-tune", "animation", "-crf", "32"),
            *("-pix_fmt", "yuv420p", "-g", str(5 * FPS), "-threads", "1"),
            *("-c:a", "aac", "-b:a", "24k", "-ac", "1", "-movflags", "+faststart"),
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
            str(source.with_suffix(".mp4")),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            for frame in video_frames(
                slides, kicker=storyboard["kicker"], accent=storyboard["accent"]
            ):
                process.stdin.write(frame)
            process.stdin.close()
        if process.returncode:
            sys.exit(f"ffmpeg could not make {source.stem}.mp4")


# Sounds.


def write_wave(path: Path, samples: np.ndarray) -> None:
    """Mono samples from -1 to 1 as a 16-bit .wav."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())


def pluck(frequency: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A plucked string after Karplus and Strong: noise that runs round an averaging loop."""
    period = round(RATE / frequency)
    loop = rng.uniform(-1, 1, period)
    # A softer finger: the noise is smoothed before it starts to run.
    loop = np.convolve(np.tile(loop, 3), np.ones(6) / 6, "same")[period : 2 * period]
    turns = int(seconds * RATE / period) + 1
    out = np.empty(turns * period)
    for turn in range(turns):
        out[turn * period : (turn + 1) * period] = loop
        loop = 0.998 * 0.5 * (loop + np.roll(loop, 1))
    return out[: int(seconds * RATE)]


def strings(seconds: float, *, seed: int, gain: float) -> np.ndarray:
    """A slow wandering melody on the five notes gong, shang, jue, zhi, yu."""
    rng = np.random.default_rng(seed)
    scale = [146.83 * 2 ** (step / 12) for step in (0, 2, 4, 7, 9, 12, 14, 16, 19)]
    out = np.zeros(int(seconds * RATE) + RATE * 6)
    at, note = 0.4, 4
    while at < seconds - 3:
        sound = pluck(scale[note], 5.0, rng) * rng.uniform(0.5, 0.8)
        start = int(at * RATE)
        out[start : start + sound.size] += sound
        note = int(np.clip(note + rng.integers(-2, 3), 0, len(scale) - 1))
        at += float(rng.choice([0.75, 1.5, 1.5, 2.25]))
    out = out[: int(seconds * RATE)]
    tail = int(2.5 * RATE)
    out[-tail:] *= np.linspace(1, 0, tail)
    return gain * out / np.abs(out).max()


def horn(seconds: float) -> np.ndarray:
    """One steady signal tone with soft edges."""
    t = np.arange(int(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 520 * t) + 0.4 * np.sin(2 * np.pi * 1040 * t)
    edge = int(0.02 * RATE)
    tone[:edge] *= np.linspace(0, 1, edge)
    tone[-edge:] *= np.linspace(1, 0, edge)
    return 0.28 * tone


def silence(seconds: float) -> np.ndarray:
    """Nothing, for so long."""
    return np.zeros(int(seconds * RATE))


def signals() -> np.ndarray:
    """The three signals of the fire course, each after a pause: leave, all clear, test."""
    leave = [horn(0.5), silence(0.5), horn(0.5), silence(0.5), horn(0.5), silence(1.5)] * 3
    clear = [horn(5.0), silence(3.0)]
    test = [horn(0.5), silence(0.5), horn(0.5), silence(1.5)]
    return np.concatenate([silence(1), *leave, silence(3), *clear, *test])


def make_audio(target: Path, samples: np.ndarray) -> None:
    """An .m4a of the samples."""
    with TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_wave(sound, samples)
        subprocess.run(
            [
                *(ffmpeg(), "-nostdin", "-v", "error", "-y", "-i", str(sound)),
                *("-c:a", "aac", "-b:a", "56k", "-movflags", "+faststart"),
                *("-map_metadata", "-1", "-fflags", "+bitexact", str(target)),
            ],
            check=True,
        )


# Pictures: the four kinds of safety sign, drawn four times too large and scaled down.


def sign_canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sheet of 4800 x 3200 to draw on."""
    image = Image.new("RGB", (4800, 3200), PAPER)
    return image, ImageDraw.Draw(image)


def save_sign(image: Image.Image, target: Path, name: str, meaning: str) -> None:
    """Scale the sign down, put its name beside it, and save it with few colours."""
    small = image.resize((1200, 800), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(small)
    draw.text((760, 300), name, font=font(72, "Bold"), fill=INK)
    draw.text((762, 420), meaning, font=font(36), fill=INK_SOFT)
    small.quantize(96, method=Image.Quantize.MEDIANCUT).save(target, optimize=True)


def make_stop(target: Path) -> None:
    """Red ring with a bar over a cigarette."""
    image, draw = sign_canvas()
    centre, red = (1600, 1600), "#c4261d"
    draw.ellipse((500, 500, 2700, 2700), fill=red)
    draw.ellipse((740, 740, 2460, 2460), fill="#ffffff")
    draw.rectangle((1000, 1560, 1900, 1720), fill=INK)
    draw.rectangle((1940, 1560, 2060, 1720), fill="#e08a2e")
    draw.arc((1900, 1080, 2180, 1480), 90, 270, fill=INK_SOFT, width=50)
    draw.arc((1960, 900, 2200, 1180), 270, 90, fill=INK_SOFT, width=50)
    half = 2200 / 2 - 120
    offset = half * 0.7071
    draw.line(
        (centre[0] - offset, centre[1] - offset, centre[0] + offset, centre[1] + offset),
        fill=red,
        width=230,
    )
    save_sign(image, target, "禁止标志", "这里不能做")


def make_warning(target: Path) -> None:
    """Yellow triangle with a lightning bolt."""
    image, draw = sign_canvas()
    draw.polygon([(1600, 460), (2860, 2640), (340, 2640)], fill=INK)
    draw.polygon([(1600, 760), (2600, 2500), (600, 2500)], fill="#f2c230")
    bolt = [(1700, 1180), (1280, 1860), (1560, 1860), (1420, 2360), (1930, 1660), (1640, 1660)]
    draw.polygon(bolt, fill=INK)
    save_sign(image, target, "警告标志", "先看清，再动手")


def make_must(target: Path) -> None:
    """Blue disc with a white helmet."""
    image, draw = sign_canvas()
    draw.ellipse((500, 500, 2700, 2700), fill="#1f5fa8")
    draw.pieslice((1000, 1080, 2200, 2280), 180, 360, fill="#ffffff")
    draw.rounded_rectangle((840, 1720, 2360, 1880), radius=80, fill="#ffffff")
    draw.rounded_rectangle((1530, 1000, 1670, 1640), radius=60, fill="#1f5fa8")
    draw.rounded_rectangle((1556, 1000, 1644, 1640), radius=44, fill="#ffffff")
    draw.arc((1130, 1700, 2070, 2400), 10, 170, fill="#ffffff", width=70)
    save_sign(image, target, "指令标志", "必须照做")


def make_exit(target: Path) -> None:
    """Green board with an arrow to a door."""
    image, draw = sign_canvas()
    draw.rounded_rectangle((400, 800, 2800, 2400), radius=90, fill="#1d7a4d")
    draw.rectangle((1900, 1060, 2500, 2140), fill="#ffffff")
    draw.rectangle((1990, 1150, 2410, 2140), fill="#1d7a4d")
    draw.polygon([(2080, 1240), (2340, 1150), (2340, 2140), (2080, 2140)], fill="#ffffff")
    draw.ellipse((2110, 1640, 2160, 1690), fill="#1d7a4d")
    draw.rectangle((660, 1510, 1330, 1690), fill="#ffffff")
    draw.polygon([(1300, 1270), (1720, 1600), (1300, 1930)], fill="#ffffff")
    save_sign(image, target, "提示标志", "往这里走")


def make_pdf(source: Path) -> None:
    """The .pdf of a Typst file; its date is fixed so that the bytes stay the same."""
    typst.compile(str(source), output=str(source.with_suffix(".pdf")), timestamp=0)


def recipes() -> dict[Path, Callable[[], None]]:
    """Every file that can be made, with the way to make it."""
    signs = COURSES / "safety-basics" / "media"
    found: dict[Path, Callable[[], None]] = {}
    for name, draw in [
        ("sign-stop.png", make_stop),
        ("sign-warning.png", make_warning),
        ("sign-must.png", make_must),
        ("sign-exit.png", make_exit),
    ]:
        found[signs / name] = lambda draw=draw, target=signs / name: draw(target)
    for source in sorted(COURSES.glob("*/media/*.yaml")):
        found[source.with_suffix(".mp4")] = lambda source=source: make_video(source)
    for source in sorted(COURSES.glob("*/media/*.typ")):
        found[source.with_suffix(".pdf")] = lambda source=source: make_pdf(source)
    for course, cover in COVERS.items():
        target = COURSES / course / "media" / "cover.jpg"
        found[target] = lambda cover=cover, target=target: make_cover(
            cover, target, font=font, seed=SEED
        )
    quiet = COURSES / "lunyu-xueer" / "media" / "quiet.m4a"
    found[quiet] = lambda: make_audio(quiet, strings(45, seed=SEED, gain=0.6))
    alarm = COURSES / "fire-response" / "media" / "signals.m4a"
    found[alarm] = lambda: make_audio(alarm, signals())
    return found


def main(names: list[str]) -> None:
    """Make the named files, or all; says each file's size, and stops at one that is too large."""
    for target, make in recipes().items():
        if names and not any(name in target.name for name in names):
            continue
        make()
        size = target.stat().st_size
        print(f"{target.relative_to(COURSES)}  {size:,} bytes")
        if size > LIMIT_BYTES:
            sys.exit(f"{target.name} is larger than {LIMIT_BYTES:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
