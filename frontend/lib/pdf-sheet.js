// One page of a PDF on the screen.
import { t } from "./t.js";

const LARGEST_CANVAS_PIXELS = 16_000_000;

/** One page: an empty sheet of the right size until it is near the screen. */
export class Sheet {
  constructor(reader, number) {
    this.reader = reader;
    this.number = number;
    this.element = document.createElement("div");
    this.element.className = "pdf-page";
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", t(reader.element, "page", { page: number }));
  }

  size({ width, height }) {
    this.points = { width, height };
    this.fit();
  }

  fit() {
    const scale = this.reader.scale(this.points);
    this.element.style.width = `${Math.floor(this.points.width * scale)}px`;
    this.element.style.height = `${Math.floor(this.points.height * scale)}px`;
  }

  async draw() {
    if (this.drawn) return;
    this.drawn = true;
    const mark = (this.mark = Symbol("drawing"));
    const page = await this.reader.document.getPage(this.number);
    const own = page.getViewport({ scale: 1 });
    this.size(own);
    const viewport = page.getViewport({ scale: this.reader.scale(own) });
    const canvas = document.createElement("canvas");
    const density = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(LARGEST_CANVAS_PIXELS / (viewport.width * viewport.height)));
    canvas.width = Math.floor(viewport.width * density);
    canvas.height = Math.floor(viewport.height * density);
    const transform = density === 1 ? null : [density, 0, 0, density, 0, 0];
    await page.render({ canvas, viewport, transform }).promise;
    if (mark !== this.mark) return;
    const words = document.createElement("div");
    words.className = "pdf-text";
    words.style.setProperty("--total-scale-factor", viewport.scale);
    this.element.replaceChildren(canvas, words);
    const layer = new this.reader.pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container: words, viewport });
    await layer.render();
  }

  forget() {
    this.mark = null;
    this.drawn = false;
    this.element.replaceChildren();
  }
}
