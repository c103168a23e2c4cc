// The page around a lesson: tells the server that it was opened, and shows progress as it happens.

import { post } from "../lib/http.js";

const LOOK_AGAIN_MS = 20_000;

export function mount(page) {
  if (page.dataset.openUrl) post(page.dataset.openUrl, {}).catch(() => {});
  tuckOutlineAway(page);
  followProgress(page);
}

// On a phone the outline starts closed, below the lesson; the width is looked at once.
function tuckOutlineAway(page) {
  const outline = page.querySelector(".lesson-outline");
  if (window.matchMedia("(max-width: 60em)").matches) outline.open = false;
  outline.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  window.scrollTo(0, 0);
}

function followProgress(page) {
  let isComplete = page.dataset.complete === "yes";
  let lookedAt = 0;
  document.addEventListener("study:state", async ({ detail }) => {
    if (isComplete) return;
    if (typeof detail.fraction === "number") showFraction(page, detail.fraction);
    const isDue = Date.now() - lookedAt > LOOK_AGAIN_MS;
    if (!detail.completed && !isDue) return;
    lookedAt = Date.now();
    const state = await load(page.dataset.stateUrl);
    if (!state) return;
    isComplete = state.is_complete;
    show(page, state);
  });
  document.addEventListener("course:refresh", async () => {
    const state = await load(page.dataset.stateUrl);
    if (state) show(page, state);
  });
}

async function load(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function part(page, name) {
  return page.querySelector(`[data-part="${name}"]`);
}

// The clock knows only its own visit; what was reached before is never shown as less.
function showFraction(page, reported) {
  const fraction = Math.max(reported, Number(page.dataset.fraction) || 0);
  page.dataset.fraction = fraction;
  const place = part(page, "fraction");
  const percent = `${Math.floor(fraction * 100)}%`;
  if (place) place.textContent = page.dataset.textFraction.replace("{percent}", percent);
}

function show(page, state) {
  showFraction(page, state.fraction);
  part(page, "count").textContent = `${state.done_count} / ${page.querySelectorAll("[data-lesson]").length}`;
  for (const id of state.done) {
    const tick = page.querySelector(`.outline-row[data-lesson="${id}"] .tick`);
    if (tick) tick.className = "tick tick-done";
  }
  if (state.is_complete) {
    const tag = document.createElement("span");
    tag.className = "tag ok";
    tag.textContent = page.dataset.textDone;
    part(page, "standing").replaceChildren(tag);
  }
  part(page, "course-done").hidden = !state.course_complete;
  openNext(page, state);
}

// In a course that is studied in order the next lesson opens as soon as this one is complete.
function openNext(page, state) {
  for (const closed of page.querySelectorAll(".is-closed[data-href]")) {
    if (!state.open.includes(Number(closed.dataset.opens))) continue;
    const link = document.createElement("a");
    link.href = closed.dataset.href;
    link.className = closed.className.replace("is-closed", "").trim();
    link.append(...closed.childNodes);
    const label = link.querySelector("[data-part='next-label']");
    if (label) label.textContent = page.dataset.textNext;
    const tick = closed.closest(".outline-row")?.querySelector(".tick-closed");
    if (tick) tick.className = "tick";
    for (const name of ["role", "aria-label"]) tick?.removeAttribute(name);
    closed.replaceWith(link);
  }
}
