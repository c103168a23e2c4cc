// What can be done with a paragraph or a selection of the reader: quote it, copy its link, mark it, note on it.

import { post } from "./http.js";
import { get } from "./reader-place.js";

const SAID_MS = 2600;

export class Bar {
  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    for (const name of ["body", "bar", "said"]) this[name] = element.querySelector(`[data-part="${name}"]`);
    this.noteBox = element.querySelector('[data-part="note-box"]');
    document.addEventListener("selectionchange", () => this.onSelection());
    this.body.addEventListener("click", (event) => this.onTap(event));
    this.bar.addEventListener("pointerdown", (event) => event.preventDefault());
    this.bar.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) this[act]();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.unpick());
    document.addEventListener("click", (event) => {
      if (!element.contains(event.target)) this.unpick();
    });
  }

  onTap(event) {
    if (event.target.closest("a")) return;
    const paragraph = event.target.closest("p[id]");
    if (paragraph && getSelection().isCollapsed) this.pick(paragraph, null);
  }

  onSelection() {
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return;
    const place = get(selection.getRangeAt(0), this.body);
    if (place) this.pick(place.paragraph, place);
  }

  pick(paragraph, place) {
    this.picked?.classList.remove("is-picked");
    this.picked = paragraph;
    this.place = place;
    paragraph.classList.add("is-picked");
    this.bar.hidden = false;
  }

  unpick() {
    this.picked?.classList.remove("is-picked");
    this.picked = this.place = null;
    this.bar.hidden = true;
  }

  words() {
    if (this.place) return this.place.text;
    const copy = this.picked.cloneNode(true);
    for (const extra of copy.querySelectorAll(".label, .cited, .article-title")) extra.remove();
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  async quote() {
    const { title, date, issuer } = this.data;
    const heading = this.picked.dataset.heading;
    const after = [issuer, date].filter(Boolean).join("，");
    await this.copy(`“${this.words()}”——《${title}》${heading}${after ? `（${after}）` : ""}`);
  }

  async link() {
    const url = new URL(location.href);
    url.search = "";
    url.searchParams.set("at", this.picked.id);
    url.hash = this.picked.id;
    await this.copy(url.href);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.say(this.data.textCopied);
    } catch {
      this.say(copyByHand(text) ? this.data.textCopied : this.data.textFailed);
    }
  }

  async mark(note = "") {
    const whole = { anchor: this.picked.id, start: 0, end: 1_000_000 };
    const { anchor, start, end } = this.place ?? whole;
    try {
      await post(this.data.notesUrl, { anchor, start, end, note });
      this.place?.show();
      if (!this.place) this.picked.classList.add("own-note");
      getSelection().removeAllRanges();
      this.say(this.data.textNoted);
      this.unpick();
    } catch (error) {
      this.say(error.message);
    }
  }

  note() {
    const text = this.noteBox.querySelector("textarea");
    this.noteBox.querySelector('[data-part="note-quote"]').textContent = this.words();
    text.value = "";
    this.noteBox.returnValue = "";
    this.noteBox.showModal();
    text.focus();
    this.noteBox.addEventListener("close", () => {
      if (this.noteBox.returnValue === "save") this.mark(text.value);
    }, { once: true });
  }

  say(sentence) {
    this.said.textContent = sentence;
    this.said.classList.add("is-on");
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.said.classList.remove("is-on"), SAID_MS);
  }
}

function copyByHand(text) {
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}
