// The reader: text size, hits one after the other, quotation, links, highlights and notes.

import { get } from "./reader-place.js";
import { walkHits } from "./reader-hits.js";
import { post } from "../lib/http.js";

const SIZES = ["small", "normal", "large", "larger"];
const SAID_MS = 2600;

class Reader {
  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    for (const name of ["body", "bar", "said", "sizes", "print", "hits", "contents"]) {
      this[name] = element.querySelector(`[data-part="${name}"]`);
    }
    this.noteBox = element.querySelector('[data-part="note-box"]');
    this.startSizes();
    this.startBar();
    if (this.print) {
      this.print.hidden = false;
      this.print.addEventListener("click", () => window.print());
    }
    if (this.contents && window.innerWidth < 1080) this.contents.open = false;
    if (this.hits) walkHits(this.body, this.hits, this.data.textHit);
    this.followContents();
    if (!location.hash) this.body.querySelector(".is-target")?.scrollIntoView({ block: "center" });
  }

  startSizes() {
    if (!this.sizes) return;
    this.sizes.hidden = false;
    this.setSize(Number(localStorage.getItem("reader-size") ?? 1));
    this.sizes.addEventListener("click", (event) => {
      const button = event.target.closest("[data-size]");
      if (button) this.setSize(this.size + Number(button.dataset.size));
    });
  }

  setSize(size) {
    this.size = Math.min(SIZES.length - 1, Math.max(0, size || 0));
    this.element.dataset.textSize = SIZES[this.size];
    localStorage.setItem("reader-size", this.size);
    for (const button of this.sizes.querySelectorAll("[data-size]")) {
      const next = this.size + Number(button.dataset.size);
      button.disabled = next < 0 || next >= SIZES.length;
    }
  }

  /** A tap on a paragraph or a selection brings up what can be done with it. */
  startBar() {
    document.addEventListener("selectionchange", () => this.onSelection());
    this.body.addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      const paragraph = event.target.closest("p[id]");
      if (paragraph && getSelection().isCollapsed) this.pick(paragraph, null);
    });
    this.bar.addEventListener("pointerdown", (event) => event.preventDefault());
    this.bar.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) this[act]();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.unpick());
    document.addEventListener("click", (event) => {
      if (!this.element.contains(event.target)) this.unpick();
    });
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

  /** The table of contents marks the heading that is being read. */
  followContents() {
    const links = new Map([...this.element.querySelectorAll("[data-toc]")].map((a) => [a.dataset.toc, a]));
    const headings = [...this.body.querySelectorAll(".reader-heading")].filter((h) => links.has(h.id));
    if (!headings.length) return;
    const show = () => {
      const above = headings.filter((heading) => heading.getBoundingClientRect().top < 140);
      const current = links.get((above.at(-1) ?? headings[0]).id);
      if (current === this.current) return;
      this.current?.removeAttribute("aria-current");
      (this.current = current).setAttribute("aria-current", "true");
      const list = current.closest("nav");
      list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 3;
    };
    document.addEventListener("scroll", () => requestAnimationFrame(show), { passive: true });
    show();
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

export function mount(element) {
  return new Reader(element);
}
