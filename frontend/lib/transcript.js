// The transcript beside a player: marks the sentence that is being said, a click goes to its moment.

/** Scroll `line` into the middle of its own box, never the page. */
function reveal(box, line) {
  const top = line.offsetTop - box.offsetTop - (box.clientHeight - line.offsetHeight) / 2;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  box.scrollTo({ top, behavior: still ? "auto" : "smooth" });
}

export function followTranscript(box, player) {
  if (!box) return;
  const lines = [...box.querySelectorAll("[data-start]")].map((button) => ({
    button,
    start: Number(button.dataset.start),
    end: Number(button.dataset.end),
  }));
  let said = null;
  let touchedAt = 0;
  for (const name of ["wheel", "touchmove", "keydown"]) {
    box.addEventListener(name, () => (touchedAt = Date.now()), { passive: true });
  }
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-start]");
    if (!button) return;
    player.currentTime(Number(button.dataset.start) + 0.01);
    player.play();
  });
  player.on("timeupdate", () => {
    const now = player.currentTime();
    const line = lines.findLast((item) => item.start <= now + 0.05) ?? null;
    if (line === said) return;
    said?.button.removeAttribute("aria-current");
    line?.button.setAttribute("aria-current", "true");
    said = line;
    // Whoever reads elsewhere is left alone for a while.
    if (line && Date.now() - touchedAt > 4000) reveal(box, line.button);
  });
}
