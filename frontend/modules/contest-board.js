// The board of a contest keeps itself up to date: asks for the part that changes and runs the clock.
import { get } from "../lib/http.js";
import { Countdown } from "../lib/quiz-countdown.js";
import { t } from "../lib/t.js";

const PATIENCE_MS = 10000;
const SLOWER = 5; // times as long between two looks when nothing is under way

function scoresOf(live) {
  return new Map([...live.querySelectorAll("[data-unit]")].map((row) => [row.dataset.unit, row.querySelector('[data-part="score"]').textContent]));
}

export function mount(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  const pause = Number(element.dataset.seconds) * 1000;
  const countdown = new Countdown(part("clock"), { say: () => {}, over: () => {} });
  let shown = "";
  let timer = setTimeout(refresh, pause);

  /** Put the new lines in, and mark those whose score is another than before. */
  function show(html) {
    if (html === shown) return;
    shown = html;
    const before = scoresOf(part("live"));
    const page = new DOMParser().parseFromString(html, "text/html");
    part("live").replaceChildren(...page.body.childNodes);
    for (const [unit, score] of scoresOf(part("live"))) {
      if (before.has(unit) && before.get(unit) !== score) part("live").querySelector(`[data-unit="${unit}"]`).classList.add("is-changed");
    }
  }

  async function refresh() {
    clearTimeout(timer);
    let next = pause;
    if (document.visibilityState === "visible") {
      try {
        const reply = await get(element.dataset.url, { signal: AbortSignal.timeout(PATIENCE_MS) });
        show(reply.html);
        part("label").textContent = reply.label;
        countdown.set(reply.remaining_seconds);
        if (!reply.remaining_seconds) next = pause * SLOWER;
        part("away").hidden = true;
      } catch {
        part("away").textContent = t(element, "away");
        part("away").hidden = false;
      }
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, next);
  }

  countdown.set(Number(element.dataset.remaining));
  document.addEventListener("visibilitychange", refresh);
}
