// Leaving the window of a test and coming back: told to the server, which says what that means.
import { post } from "./http.js";
import { t } from "./t.js";

export class Leaving {
  /** `over()` is called when the server has handed the test in. */
  constructor(form, over) {
    this.url = form.dataset.noteUrl;
    this.over = over;
    this.shown = form.querySelector('[data-part="leavings"]');
    this.told = Promise.resolve();
    // A page that is loaded again was away for a moment only.
    if (this.shown && document.visibilityState === "visible") this.note("returned");
  }

  /** One after the other: what overtook what came before it would be counted wrongly. */
  note(kind) {
    this.told = this.told.then(() => this.tell(kind));
  }

  async tell(kind) {
    try {
      const { left, submitted } = await post(this.url, { kind }, { keepalive: true });
      if (submitted) this.over();
      else if (this.shown && left) this.shown.textContent = t(this.shown, "left", { count: left, limit: this.shown.dataset.limit });
    } catch {
      // Without network there is nothing to be told; what was left unsaid counts for the taker.
    }
  }
}
