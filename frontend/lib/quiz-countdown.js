// The time that is left, by the server's word: shown every half second, said aloud twice, over once.
import { clock } from "./time.js";

export class Countdown {
  /** `say(name)` is called with "five" and "one" minutes before the end, `over()` at the end. */
  constructor(shown, { say, over }) {
    this.shown = shown;
    this.say = say;
    this.over = over;
    this.said = "";
  }

  /** Begin, or go on with a new word of the server. */
  set(seconds) {
    this.endsAt = performance.now() + seconds * 1000;
    this.ticker ??= setInterval(() => this.tick(), 500);
  }

  tick() {
    const left = Math.max(0, (this.endsAt - performance.now()) / 1000);
    this.shown.textContent = clock(Math.ceil(left));
    this.shown.classList.toggle("is-short", left <= 300);
    const name = left <= 60 ? "one" : left <= 300 ? "five" : "";
    if (name && name !== this.said) this.say((this.said = name));
    if (left > 0) return;
    clearInterval(this.ticker);
    this.ticker = null;
    this.over();
  }
}
