// The paper being taken: saves every change, keeps what is unsaved, runs the clock, hands in once.
import { post } from "../lib/http.js";
import { Countdown } from "../lib/quiz-countdown.js";
import { fieldsOf, fill, isTouched, isTyped, setSequence } from "../lib/quiz-fields.js";
import { Leaving } from "../lib/quiz-leaving.js";
import { Outbox } from "../lib/quiz-outbox.js";
import { Pages } from "../lib/quiz-pages.js";
import { t } from "../lib/t.js";

const TYPING_MS = 700;
const BEAT_MS = 20000;
const PATIENCE_MS = 15000; // a request that has not been answered by then counts as lost

class Player {
  constructor(form) {
    this.form = form;
    this.handedIn = false;
    this.pages = new Pages(form);
    this.part = (name) => this.pages.part(name);
    this.outbox = new Outbox(`quiz:${form.dataset.attempt}`, (body) => this.deliver(body), (state) => this.show(state));
    this.leaving = new Leaving(form, () => location.assign(form.dataset.resultUrl));
    this.restore();
    this.listen();
    this.startClock();
    this.send();
    setInterval(() => this.beat(), BEAT_MS);
  }

  deliver(body) {
    return post(this.form.dataset.saveUrl, body, { keepalive: JSON.stringify(body).length < 60000, signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  send(isBeat = false) {
    return this.outbox.send(this.pages.current + 1, isBeat);
  }

  /** What never reached the server comes back into the fields; what was entered before this script came is saved. */
  restore() {
    const touched = this.pages.questions.filter(isTouched);
    for (const [slot, entry] of this.outbox.entries()) {
      const question = this.pages.question(slot);
      if (!question || entry.sequence <= Number(question.dataset.sequence)) this.outbox.drop(slot);
      else if (touched.includes(question)) setSequence(question, entry.sequence);
      else this.put(question, entry);
    }
    for (const question of touched) this.changed(question.querySelector("[name^=q], [name^=f]"), 0);
  }

  put(question, entry) {
    fill(question, entry);
    this.pages.paint(question);
  }

  listen() {
    this.form.addEventListener("input", (event) => this.changed(event.target, isTyped(event.target) ? TYPING_MS : 0));
    this.form.addEventListener("change", (event) => this.changed(event.target, 0));
    this.form.addEventListener("submit", (event) => this.ask(event));
    this.part("stay").addEventListener("click", () => this.part("dialog").close());
    this.part("confirm").addEventListener("click", () => this.handIn());
    window.addEventListener("online", () => this.send());
    window.addEventListener("pagehide", () => this.send());
    document.addEventListener("visibilitychange", () => this.seen());
  }

  changed(field, delay) {
    const question = field.closest?.("[data-slot]");
    if (!question || !/^[qf]\d/.test(field.name)) return;
    const slot = Number(question.dataset.slot);
    const flagged = question.querySelector(`[name="f${slot}"]`).checked;
    const entry = { slot, sequence: Number(question.dataset.sequence) + 1, fields: fieldsOf(question), flagged, seconds: this.pages.seconds(question) };
    const last = this.outbox.get(slot);
    if (last && JSON.stringify([last.fields, last.flagged]) === JSON.stringify([entry.fields, entry.flagged])) return;
    setSequence(question, entry.sequence);
    this.outbox.put(entry);
    this.pages.paint(question);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  show({ name, count, reason, reply }) {
    if (reply) this.take(reply);
    if (name === "closed") return location.assign(this.form.dataset.resultUrl);
    const state = this.part("state");
    state.textContent = t(this.form, name, { count, reason });
    state.className = `quiz-state ${{ saved: "is-saved", offline: "is-waiting", saving: "" }[name] ?? "is-bad"}`;
    if (name === "saved" && this.isOver) this.handIn();
  }

  take(reply) {
    for (const entry of reply.stale) {
      this.put(this.pages.question(entry.slot), entry);
      this.part("alarm").textContent = t(this.form, "elsewhere", { slot: entry.slot });
    }
    if (reply.remaining_seconds === null) return;
    this.isOver = reply.remaining_seconds <= 0;
    this.countdown?.set(reply.remaining_seconds);
  }

  startClock() {
    if (this.form.dataset.remaining === "") return;
    const say = (name) => (this.part("alarm").textContent = t(this.form, name));
    this.countdown = new Countdown(this.part("clock"), { say, over: () => this.timeIsUp() });
    this.countdown.set(Number(this.form.dataset.remaining));
  }

  timeIsUp() {
    this.isOver = true;
    this.handIn();
  }

  beat() {
    if (document.visibilityState === "visible" && !this.handedIn) this.send(true);
  }

  seen() {
    if (this.handedIn) return;
    this.send();
    this.leaving.note(document.visibilityState === "hidden" ? "left" : "returned");
  }

  ask(event) {
    if (this.handedIn) return;
    event.preventDefault();
    const counts = [["left", this.pages.unanswered], ["flagged", this.pages.flagged]];
    this.part("question").textContent = counts.map(([name, count]) => (count ? t(this.form, name, { count }) : "")).join("") + t(this.form, "sure");
    this.part("dialog").showModal();
  }

  /** Leaves the page only for a server that answers; the form carries every field once more. */
  async handIn() {
    if (this.handedIn) return;
    this.hold(true);
    clearTimeout(this.timer);
    if (this.isOver) this.part("state").textContent = t(this.form, "over");
    await this.send(true);
    if (!["offline", "signed-out"].includes(this.outbox.trouble)) return this.form.submit();
    this.hold(false);
    this.part("dialog").close();
    if (this.outbox.trouble === "offline") this.part("state").textContent = t(this.form, this.isOver ? "late" : "unsent", { count: this.outbox.size });
  }

  hold(isHeld) {
    this.handedIn = isHeld;
    this.part("confirm").disabled = this.part("submit").disabled = isHeld;
  }
}

export function mount(form) {
  new Player(form);
}
