// Walks from one marked hit to the next, with buttons and with n and p, and on to the other pages of a long text.

import { get } from "./http.js";
import { t } from "./t.js";

const LAST = "#last-hit"; // of an address: walking back, a page begins at its last hit

class Walk {
  constructor(body, bar) {
    this.bar = bar;
    this.marks = [...body.querySelectorAll("mark")];
    this.place = bar.querySelector('[data-part="place"]');
    this.page = Number(bar.dataset.page);
    this.others = [];
    this.before = this.total = null;
    this.at = this.first(body) - 1;
    for (const button of bar.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    document.addEventListener("keydown", (event) => this.onKey(event));
    if (this.marks.length) {
      this.show();
      this.step(1);
    }
    if (Number(bar.dataset.pages) > 1) this.asked = this.askForOthers();
  }

  /** The hit to begin with: in or after the place that was asked for, or the last when walking back. */
  first(body) {
    if (location.hash === LAST) return this.marks.length - 1;
    const target = body.querySelector(".is-target");
    if (!target) return 0;
    const follows = (mark) => target.contains(mark) || target.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING;
    return Math.max(0, this.marks.findIndex(follows));
  }

  async askForOthers() {
    try {
      const { pages, is_whole: isWhole } = await get(this.bar.dataset.url);
      this.others = pages.filter((one) => one.page !== this.page);
      if (isWhole) {
        this.before = sum(pages.filter((one) => one.page < this.page));
        this.total = sum(pages);
      }
    } catch {
      return; // the hits of this page are there without it
    }
    if (this.others.length) this.show();
    this.tell();
  }

  show() {
    for (const button of this.bar.querySelectorAll("[data-step]")) button.hidden = false;
  }

  async step(direction) {
    const isInside = (place) => place >= 0 && place < this.marks.length;
    if (!isInside(this.at + direction)) await this.asked;
    const next = this.at + direction;
    if (!isInside(next) && this.others.length) return this.leave(direction);
    if (!this.marks.length) return;
    this.marks[this.at]?.classList.remove("is-current");
    this.at = (next + this.marks.length) % this.marks.length;
    this.marks[this.at].classList.add("is-current");
    this.marks[this.at].scrollIntoView({ block: "center" });
    this.tell();
  }

  /** On to the next page with hits in that direction; behind the last comes the first again. */
  leave(direction) {
    const ahead = this.others.filter((one) => Math.sign(one.page - this.page) === direction);
    const pages = ahead.length ? ahead : this.others;
    const { url } = direction > 0 ? pages[0] : pages.at(-1);
    location.assign(direction > 0 ? url : url + LAST);
  }

  tell() {
    const place = this.at + 1;
    if (this.marks.length) {
      const all = this.total !== null && this.others.length;
      this.place.textContent = all
        ? t(this.bar, "all", { place: this.before + place, total: this.total })
        : t(this.bar, "here", { place, total: this.marks.length });
    } else if (this.total) {
      this.place.textContent = t(this.bar, "elsewhere", { total: this.total });
    }
  }

  onKey(event) {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n") this.step(1);
    if (event.key === "p") this.step(-1);
  }
}

function sum(pages) {
  return pages.reduce((total, one) => total + one.count, 0);
}

export function walkHits(body, bar) {
  return new Walk(body, bar);
}
