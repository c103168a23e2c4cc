// The reader: text size, printing, the table of contents that follows along, hits, and the bar for quoting.

import { Bar } from "../lib/reader-bar.js";
import { walkHits } from "../lib/reader-hits.js";

const SIZES = ["small", "normal", "large", "larger"];
const SIZE_KEY = "reader-size";

class Sizes {
  constructor(element, buttons) {
    this.element = element;
    this.buttons = buttons;
    buttons.hidden = false;
    this.set(Number(localStorage.getItem(SIZE_KEY) ?? 1));
    buttons.addEventListener("click", (event) => {
      const button = event.target.closest("[data-size]");
      if (button) this.set(this.size + Number(button.dataset.size));
    });
  }

  set(size) {
    this.size = Math.min(SIZES.length - 1, Math.max(0, size || 0));
    this.element.dataset.textSize = SIZES[this.size];
    localStorage.setItem(SIZE_KEY, this.size);
    for (const button of this.buttons.querySelectorAll("[data-size]")) {
      const next = this.size + Number(button.dataset.size);
      button.disabled = next < 0 || next >= SIZES.length;
    }
  }
}

/** The table of contents marks the heading that is being read. */
function followContents(element, body) {
  const links = new Map([...element.querySelectorAll("[data-toc]")].map((a) => [a.dataset.toc, a]));
  const headings = [...body.querySelectorAll(".reader-heading")].filter((h) => links.has(h.id));
  if (!headings.length) return;
  let marked = null;
  const show = () => {
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < 140);
    const current = links.get((above.at(-1) ?? headings[0]).id);
    if (current === marked) return;
    marked?.removeAttribute("aria-current");
    marked = current;
    marked.setAttribute("aria-current", "true");
    const list = current.closest("nav");
    list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 3;
  };
  document.addEventListener("scroll", () => requestAnimationFrame(show), { passive: true });
  show();
}

export function mount(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  const [body, sizes, print, contents, hits] = ["body", "sizes", "print", "contents", "hits"].map(part);
  if (sizes) new Sizes(element, sizes);
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  if (contents && window.innerWidth < 1080) contents.open = false;
  new Bar(element);
  if (!location.hash) body.querySelector(".is-target")?.scrollIntoView({ block: "center" });
  if (hits) walkHits(body, hits);
  followContents(element, body);
}
