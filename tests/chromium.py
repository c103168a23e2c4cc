"""The Chromium of this machine and how it is started."""

import shutil

# The first is the same engine without the windows it would not show: half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
MISSING = "no Chromium on this machine: apt install chromium-headless-shell (or chromium) brings it"
