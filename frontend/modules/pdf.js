// Reads a PDF in the page with pdf.js: pages are drawn as they come into view, text can be selected, and
// the reader comes back to the page where it was left.
import { Sheet } from "../lib/pdf-sheet.js";
import { t } from "../lib/t.js";

const ZOOMS = [0.75, 1, 1.25, 1.5, 2, 3];
const KEEP_PIXELS = 3000; // pages further away than this give their picture back

async function loadReader(parts) {
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.min.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = `${parts}/pdf.worker.js`;
  return pdfjs;
}

class Reader {
  constructor(element, pdfjs) {
    this.element = element;
    this.pdfjs = pdfjs;
    this.box = element.querySelector("[data-pages-box]");
    this.where = element.querySelector("[data-where]");
    this.end = element.querySelector("[data-study-end]");
    this.zoom = 1;
    this.key = `pdf:${location.pathname}`;
  }

  scale({ width }) {
    const room = this.box.clientWidth - 24;
    return (Math.min(room, 1100) / width) * this.zoom;
  }

  async open() {
    const { url, assets } = this.element.dataset;
    this.document = await this.pdfjs.getDocument({
      url,
      cMapUrl: `${assets}/cmaps/`,
      standardFontDataUrl: `${assets}/standard_fonts/`,
      wasmUrl: `${assets}/wasm/`,
      useWasm: false,
      isEvalSupported: false,
      disableAutoFetch: true,
      rangeChunkSize: 262144,
    }).promise;
    const first = await this.document.getPage(1);
    const points = first.getViewport({ scale: 1 });
    this.sheets = Array.from({ length: this.document.numPages }, (_, index) => new Sheet(this, index + 1));
    for (const sheet of this.sheets) sheet.size(points);
    this.end.classList.remove("pdf-end");
    this.box.replaceChildren(...this.sheets.map((sheet) => sheet.element), this.end);
    this.watch();
    this.show(this.remembered());
  }

  /** Draw what is near the screen, give back what is far away. */
  watch() {
    const sheets = new Map(this.sheets.map((sheet) => [sheet.element, sheet]));
    const near = new IntersectionObserver(
      (entries) => entries.forEach((entry) => entry.isIntersecting && this.draw(sheets.get(entry.target))),
      { root: this.box, rootMargin: "600px" },
    );
    const far = new IntersectionObserver(
      (entries) => entries.forEach((entry) => entry.isIntersecting || sheets.get(entry.target).forget()),
      { root: this.box, rootMargin: `${KEEP_PIXELS}px` },
    );
    for (const element of sheets.keys()) {
      near.observe(element);
      far.observe(element);
    }
    this.box.addEventListener("scroll", () => this.tell(), { passive: true });
    let width = this.box.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(this.box.clientWidth - width) < 2) return;
      width = this.box.clientWidth;
      this.refit();
    }).observe(this.box);
  }

  draw(sheet) {
    sheet.draw().catch((error) => {
      sheet.forget();
      console.error(`Page ${sheet.number} could not be drawn.`, error);
    });
  }

  /** The page in the middle of the box. */
  current() {
    const middle = this.box.scrollTop + this.box.clientHeight / 2;
    const at = this.sheets.findLastIndex((sheet) => sheet.element.offsetTop <= middle);
    return Math.max(0, at) + 1;
  }

  tell() {
    const page = this.current();
    this.where.textContent = `${page} / ${this.sheets.length}`;
    try {
      localStorage.setItem(this.key, String(page));
    } catch {
      return; // the browser keeps nothing: the reader opens at the first page next time
    }
  }

  remembered() {
    const asked = Number(location.hash.match(/^#page-(\d+)/)?.[1]);
    let kept = 1;
    try {
      kept = Number(localStorage.getItem(this.key)) || 1;
    } catch {
      kept = 1;
    }
    return Math.min(asked || kept, this.sheets.length);
  }

  show(page) {
    this.box.scrollTop = this.sheets[page - 1].element.offsetTop - 12;
    this.tell();
  }

  refit() {
    const page = this.current();
    for (const sheet of this.sheets) {
      sheet.forget();
      sheet.fit();
    }
    this.show(page);
    const view = [this.box.scrollTop - 600, this.box.scrollTop + this.box.clientHeight + 600];
    for (const sheet of this.sheets) {
      const top = sheet.element.offsetTop;
      if (top < view[1] && top + sheet.element.offsetHeight > view[0]) this.draw(sheet);
    }
  }

  change(step) {
    const at = ZOOMS.indexOf(this.zoom) + step;
    if (at < 0 || at >= ZOOMS.length) return;
    this.zoom = ZOOMS[at];
    this.refit();
  }
}

export async function mount(element) {
  try {
    const reader = new Reader(element, await loadReader(element.dataset.assets));
    await reader.open();
    element.querySelector("[data-tools]").hidden = false;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (button) reader.change(Number(button.dataset.zoom));
    });
  } catch (error) {
    console.error("The document could not be opened.", error);
    const note = element.querySelector("[data-note]");
    note.textContent = t(element, "failed");
    note.hidden = false;
  }
}
