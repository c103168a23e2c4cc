// Moving about in a paper: the question in view, its place in the navigator, keys, the time spent on it.
import { fieldsOf, firstField, isTyped } from "./quiz-fields.js";
import { t } from "./t.js";

const LONGEST_LOOK_SECONDS = 120; // a longer look at one question is a pause

export class Pages {
  constructor(form) {
    this.form = form;
    this.questions = [...form.querySelectorAll("[data-slot]")];
    this.isPaged = form.dataset.one === "yes";
    this.current = 0;
    this.links = [...form.querySelectorAll("[data-goto]")];
    this.links.forEach((link, index) => link.addEventListener("click", (event) => this.go(event, index)));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("focusin", (event) => {
      const question = event.target.closest("[data-slot]");
      if (question) this.mark(this.questions.indexOf(question));
    });
    for (const [name, step] of [["before", -1], ["after", 1]]) this.part(name).addEventListener("click", () => this.turnTo(this.current + step));
    if (this.isPaged) this.turnTo(0, false);
    else this.mark(0);
  }

  part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }

  question(slot) {
    return this.questions[Number(slot) - 1];
  }

  get unanswered() {
    return this.links.filter((link) => !link.classList.contains("is-answered")).length;
  }

  get flagged() {
    return this.links.filter((link) => link.classList.contains("is-flagged")).length;
  }

  /** Show in the navigator whether the question is answered and flagged. */
  paint(question) {
    const slot = Number(question.dataset.slot);
    const link = this.links[slot - 1];
    const answered = Object.keys(fieldsOf(question)).some((name) => !name.endsWith("-c"));
    link.classList.toggle("is-answered", answered);
    link.classList.toggle("is-flagged", question.querySelector(`[name="f${slot}"]`).checked);
    link.querySelector('[data-part="spoken"]').textContent = t(this.form, answered ? "answered" : "unanswered");
  }

  /** The seconds spent on a question so far: between looking at it and looking at another. */
  seconds(question) {
    const now = performance.now();
    if (this.looking === question) question.dataset.seconds = Number(question.dataset.seconds) + Math.min(LONGEST_LOOK_SECONDS, (now - this.since) / 1000);
    this.looking = question;
    this.since = now;
    return Math.round(Number(question.dataset.seconds));
  }

  mark(index) {
    if (this.looking && this.looking !== this.questions[index]) this.seconds(this.looking);
    this.current = index;
    this.looking = this.questions[index];
    this.since = performance.now();
    this.links.forEach((link, place) => (place === index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  }

  /** To a question: turned to where one is shown at a time, scrolled to where all are. */
  go(event, index) {
    event.preventDefault();
    if (this.isPaged) return this.turnTo(index);
    this.questions[index].scrollIntoView({ block: "start" });
    firstField(this.questions[index]).focus({ preventScroll: true });
    this.mark(index);
  }

  turnTo(index, moves = true) {
    if (index < 0 || index >= this.questions.length) return;
    this.questions.forEach((question, place) => (question.hidden = place !== index));
    this.part("steps").hidden = false;
    this.part("before").disabled = index === 0;
    this.part("after").disabled = index === this.questions.length - 1;
    this.mark(index);
    if (moves) firstField(this.questions[index]).focus({ preventScroll: true });
  }

  /** Letters choose an option, Enter goes on to the next question, the page keys turn pages. */
  key(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.matches("textarea, select")) return;
    const isLast = this.current === this.questions.length - 1;
    if (key === "Enter" && target.matches("input") && !isLast) return this.go(event, this.current + 1);
    if (isTyped(target)) return;
    const option = this.questions[this.current].querySelectorAll(".q-options .form-check-input")[key.toLowerCase().charCodeAt(0) - 97];
    if (/^[a-z]$/i.test(key) && option) option.click();
    else if (this.isPaged && key === "PageDown") this.turnTo(this.current + 1);
    else if (this.isPaged && key === "PageUp") this.turnTo(this.current - 1);
    else return;
    event.preventDefault();
  }
}
