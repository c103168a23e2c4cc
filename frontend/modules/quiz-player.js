// The paper being taken: saves every change, keeps what is unsaved, runs the clock, hands in once.
import { post } from "../lib/http.js";
import { t } from "../lib/t.js";
import { clock } from "../lib/time.js";
import { Outbox } from "../lib/quiz-outbox.js";

const TYPING_MS = 700;
const BEAT_MS = 20000;

/** The fields of a question as {name: [values]}; the flag and the sequence are not part of them. */
function fieldsOf(question) {
  const fields = {};
  for (const field of question.querySelectorAll("input, select, textarea")) {
    if (!field.name.startsWith("q")) continue;
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    if (field.value.trim()) (fields[field.name] ??= []).push(field.value);
  }
  return fields;
}

function fill(question, entry) {
  for (const field of question.querySelectorAll("input, select, textarea")) {
    const values = entry.fields[field.name] ?? [];
    if (field.name.startsWith("f")) field.checked = entry.flagged;
    else if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (field.name.startsWith("q")) field.value = values[0] ?? "";
  }
}

class Player {
  constructor(form) {
    this.form = form;
    this.questions = [...form.querySelectorAll("[data-slot]")];
    this.current = 0;
    this.handedIn = false;
    this.outbox = new Outbox(`quiz:${form.dataset.attempt}`, (body) => post(form.dataset.saveUrl, body, { keepalive: JSON.stringify(body).length < 60000 }), (state) => this.show(state));
    this.restore();
    this.listen();
    this.startClock();
    if (form.dataset.one === "yes") this.turnTo(0, false);
    else this.mark(0);
    this.outbox.send(1);
    setInterval(() => this.beat(), BEAT_MS);
  }

  part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }

  /** Answers that never reached the server before the page went away come back into the fields. */
  restore() {
    for (const [slot, entry] of this.outbox.entries()) {
      const question = this.question(slot);
      if (!question || entry.sequence <= Number(question.dataset.sequence)) this.outbox.drop(slot);
      else {
        fill(question, entry);
        this.number(question, entry.sequence);
        this.paint(question);
      }
    }
  }

  question(slot) {
    return this.questions[Number(slot) - 1];
  }

  number(question, sequence) {
    question.dataset.sequence = sequence;
    question.querySelector(`[name="s${question.dataset.slot}"]`).value = sequence;
  }

  listen() {
    this.form.addEventListener("input", (event) => this.changed(event.target, event.target.matches("input[type=text], textarea") ? TYPING_MS : 0));
    this.form.addEventListener("change", (event) => this.changed(event.target, 0));
    this.form.addEventListener("focusin", (event) => {
      const question = event.target.closest("[data-slot]");
      if (question) this.mark(this.questions.indexOf(question));
    });
    this.form.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => this.ask(event));
    this.form.querySelectorAll("[data-goto]").forEach((link) => link.addEventListener("click", (event) => this.go(event, Number(link.dataset.goto) - 1)));
    this.part("before").addEventListener("click", () => this.turnTo(this.current - 1));
    this.part("after").addEventListener("click", () => this.turnTo(this.current + 1));
    this.part("stay").addEventListener("click", () => this.part("dialog").close());
    this.part("confirm").addEventListener("click", () => this.handIn());
    window.addEventListener("online", () => this.outbox.send(this.current + 1));
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("pagehide", () => this.outbox.send(this.current + 1));
  }

  changed(field, delay) {
    const question = field.closest?.("[data-slot]");
    if (!question || !/^[qf]\d/.test(field.name)) return;
    const slot = Number(question.dataset.slot);
    const entry = { slot, sequence: Number(question.dataset.sequence) + 1, fields: fieldsOf(question), flagged: question.querySelector(`[name="f${slot}"]`).checked, seconds: this.seconds(question) };
    const last = this.outbox.get(slot);
    if (last && JSON.stringify([last.fields, last.flagged]) === JSON.stringify([entry.fields, entry.flagged])) return;
    this.number(question, entry.sequence);
    this.outbox.put(entry);
    this.paint(question);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.outbox.send(this.current + 1), delay);
  }

  /** The seconds spent on a question: between looking at it and looking at another. */
  seconds(question) {
    const now = performance.now();
    if (this.looking === question) question.dataset.seconds = Number(question.dataset.seconds) + Math.min(120, (now - this.since) / 1000);
    this.looking = question;
    this.since = now;
    return Math.round(Number(question.dataset.seconds));
  }

  paint(question) {
    const slot = question.dataset.slot;
    const link = this.form.querySelector(`[data-goto="${slot}"]`);
    const answered = Object.keys(fieldsOf(question)).some((name) => !name.endsWith("-c"));
    link.classList.toggle("is-answered", answered);
    link.classList.toggle("is-flagged", question.querySelector(`[name="f${slot}"]`).checked);
  }

  mark(index) {
    if (this.looking && this.looking !== this.questions[index]) this.seconds(this.looking);
    this.current = index;
    this.looking = this.questions[index];
    this.since = performance.now();
    this.form.querySelectorAll("[data-goto]").forEach((link, place) => (place === index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  }

  go(event, index) {
    event.preventDefault();
    if (this.form.dataset.one === "yes") this.turnTo(index);
    else {
      this.questions[index].scrollIntoView({ block: "start" });
      this.focus(index);
    }
    this.mark(index);
  }

  turnTo(index, moves = true) {
    if (index < 0 || index >= this.questions.length) return;
    this.questions.forEach((question, place) => (question.hidden = place !== index));
    this.part("steps").hidden = false;
    this.part("before").disabled = index === 0;
    this.part("after").disabled = index === this.questions.length - 1;
    this.mark(index);
    if (moves) this.focus(index);
  }

  focus(index) {
    const question = this.questions[index];
    (question.querySelector("input[name^=q]:checked, input[name^=q], select, textarea") ?? question).focus({ preventScroll: true });
  }

  /** Letters choose an option, the arrow keys turn pages where one question is shown at a time. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=text], textarea, select")) return;
    const option = this.questions[this.current].querySelectorAll(".q-options .form-check-input")[event.key.toLowerCase().charCodeAt(0) - 97];
    if (/^[a-z]$/i.test(event.key) && option) option.click();
    else if (this.form.dataset.one === "yes" && event.key === "PageDown") this.turnTo(this.current + 1);
    else if (this.form.dataset.one === "yes" && event.key === "PageUp") this.turnTo(this.current - 1);
    else return;
    event.preventDefault();
  }

  show({ name, count, reason, reply }) {
    if (reply) this.take(reply);
    if (name === "closed") return location.assign(this.form.dataset.resultUrl);
    const state = this.part("state");
    state.textContent = t(this.form, name, { count, reason });
    state.className = `quiz-state ${{ saved: "is-saved", offline: "is-waiting", saving: "" }[name] ?? "is-bad"}`;
  }

  take(reply) {
    for (const entry of reply.stale) {
      const question = this.question(entry.slot);
      fill(question, entry);
      this.number(question, entry.sequence);
      this.paint(question);
      this.part("alarm").textContent = t(this.form, "elsewhere", { slot: entry.slot });
    }
    if (reply.remaining_seconds !== null) this.endsAt = performance.now() + reply.remaining_seconds * 1000;
  }

  startClock() {
    if (this.form.dataset.remaining === "") return;
    this.endsAt = performance.now() + Number(this.form.dataset.remaining) * 1000;
    this.ticker = setInterval(() => this.tick(), 500);
  }

  tick() {
    const left = Math.max(0, (this.endsAt - performance.now()) / 1000);
    const shown = this.part("clock");
    shown.textContent = clock(Math.ceil(left));
    shown.classList.toggle("is-short", left <= 300);
    const alarm = this.part("alarm");
    if (left <= 60 && alarm.dataset.said !== "one") [alarm.dataset.said, alarm.textContent] = ["one", t(this.form, "one")];
    else if (left <= 300 && left > 60 && !alarm.dataset.said) [alarm.dataset.said, alarm.textContent] = ["five", t(this.form, "five")];
    if (left <= 0) this.handIn(t(this.form, "over"));
  }

  beat() {
    if (document.visibilityState === "visible" && !this.handedIn) this.outbox.send(this.current + 1, true);
  }

  seen() {
    if (this.handedIn) return;
    this.outbox.send(this.current + 1);
    const kind = document.visibilityState === "hidden" ? "left" : "returned";
    post(this.form.dataset.noteUrl, { kind }, { keepalive: true }).catch(() => {});
  }

  ask(event) {
    if (this.handedIn) return;
    event.preventDefault();
    const left = this.form.querySelectorAll("[data-goto]:not(.is-answered)").length;
    const flagged = this.form.querySelectorAll("[data-goto].is-flagged").length;
    this.part("question").textContent = (left ? t(this.form, "left", { count: left }) : "") + (flagged ? t(this.form, "flagged", { count: flagged }) : "") + t(this.form, "sure");
    this.part("dialog").showModal();
  }

  /** The form carries every field, so what is still unsaved travels with it. */
  async handIn(words = "") {
    if (this.handedIn) return;
    this.handedIn = true;
    clearInterval(this.ticker);
    clearTimeout(this.timer);
    if (words) this.part("state").textContent = words;
    this.part("confirm").disabled = this.part("submit").disabled = true;
    await this.outbox.send(this.current + 1);
    if (!navigator.onLine) {
      this.handedIn = false;
      this.part("confirm").disabled = this.part("submit").disabled = false;
      return this.show({ name: "offline", count: this.outbox.size });
    }
    this.form.submit();
  }
}

export function mount(form) {
  new Player(form);
}
