// Whether somebody is studying this page right now, and for how long since last asked.

import { RangeRecorder } from "./study-ranges.js";

const TOUCHES = ["scroll", "keydown", "pointerdown", "pointermove", "touchstart", "wheel"];
const LONGEST_TICK_MS = 2500; // a longer one means that the machine slept

export class Activity {
  /** `changed()` is called when the state is another one. */
  constructor({ media, idleSeconds, changed }) {
    this.media = media;
    this.idleMs = idleSeconds * 1000;
    this.changed = changed;
    this.ranges = new RangeRecorder();
    this.activeMs = 0;
    this.atEnd = false;
    this.touchedAt = this.tickedAt = performance.now();
    this.touch = () => {
      this.touchedAt = performance.now();
      this.update();
    };
    this.show = () => this.update();
    this.play = (event) => {
      this.ranges.add(event.detail);
      this.update();
    };
    for (const name of TOUCHES) window.addEventListener(name, this.touch, { passive: true, capture: true });
    document.addEventListener("visibilitychange", this.show);
    document.addEventListener("media:state", this.play);
    this.timer = setInterval(() => this.update(), 1000);
    this.state = this.now();
  }

  /** active, hidden, idle or paused. */
  now() {
    if (document.visibilityState === "hidden") return "hidden";
    if (this.media) return this.ranges.playing ? "active" : "paused";
    return performance.now() - this.touchedAt < this.idleMs ? "active" : "idle";
  }

  update() {
    const at = performance.now();
    if (this.state === "active") this.activeMs += Math.min(at - this.tickedAt, LONGEST_TICK_MS);
    this.tickedAt = at;
    if (!this.media) this.atEnd ||= isAtEnd();
    const state = this.now();
    if (state !== this.state) {
      this.state = state;
      this.changed();
    }
  }

  /** Where the learner is: seconds of a clip, or the share of a text that has been scrolled by. */
  position() {
    if (this.media) return this.ranges.position;
    const room = document.documentElement.scrollHeight - window.innerHeight;
    return room > 0 ? Math.min(1, Math.max(0, window.scrollY / room)) : 1;
  }

  stop() {
    clearInterval(this.timer);
    for (const name of TOUCHES) window.removeEventListener(name, this.touch, { capture: true });
    document.removeEventListener("visibilitychange", this.show);
    document.removeEventListener("media:state", this.play);
  }
}

/** Whether the end of the text is, or has just been, on the screen. */
function isAtEnd() {
  if (document.visibilityState === "hidden") return false;
  const end = document.querySelector("[data-study-end]");
  if (end) return end.getBoundingClientRect().top <= window.innerHeight;
  return window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 80;
}
