// Files of an essay answer: sent at once, named in the answer, taken back with a button.
import { get, post } from "../lib/http.js";
import { sendFile } from "../lib/tus.js";
import { t } from "../lib/t.js";

class Files {
  constructor(element) {
    this.element = element;
    this.ids = this.part("ids");
    this.rows = new Map([...this.part("list").children].map((row) => [row.dataset.id, row]));
    this.rows.forEach((row, id) => this.addButton(row, id, row.textContent.trim()));
    this.running = 0;
    this.part("choose").hidden = false;
    this.part("file").addEventListener("change", () => this.takeAll());
    element.closest("[data-slot]").addEventListener("quiz:filled", () => this.draw());
    element.closest("form").addEventListener("submit", (event) => this.hold(event), { capture: true });
  }

  part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  say(name, values) {
    this.part("said").textContent = name ? t(this.element, name, values) : "";
  }

  async takeAll() {
    const files = [...this.part("file").files];
    this.part("file").value = "";
    for (const file of files) await this.take(file);
  }

  async take(file) {
    const { name } = file;
    this.running += 1;
    try {
      const progress = (share) => this.say("sending", { name, percent: `${Math.floor(share * 100)}%` });
      const token = await sendFile(file, this.element.dataset.uploadUrl, progress, () => this.say("paused"));
      const field = this.ids.name.replace(/-f$/, "");
      const taken = await post(this.element.dataset.url, { field, token });
      this.know(taken);
      this.set([...this.list(), String(taken.id)]);
      this.say("added", { name });
    } catch (error) {
      this.say("failed", { name, reason: error.message });
    } finally {
      this.running -= 1;
    }
  }

  list() {
    return this.ids.value.split(" ").filter(Boolean);
  }

  /** The answer changes with its files, and is saved like any other. */
  set(ids) {
    this.ids.value = ids.join(" ");
    this.ids.dispatchEvent(new Event("change", { bubbles: true }));
    this.draw();
  }

  know({ id, name, href }) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.className = "link";
    link.href = href;
    link.textContent = name;
    row.append(link);
    this.rows.set(String(id), row);
    this.addButton(row, String(id), name);
  }

  addButton(row, id, name) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet small";
    button.textContent = "✕";
    button.setAttribute("aria-label", t(this.element, "drop", { name }));
    button.addEventListener("click", () => this.drop(id));
    row.append(" ", button);
  }

  async drop(id) {
    this.set(this.list().filter((each) => each !== id));
    this.part("file").focus();
    await post(`${this.element.dataset.url}/${id}/drop`).catch(() => {}); // the answer no longer names it
  }

  /** Show what the answer names; a file of another device is asked for by its id. */
  async draw() {
    const ids = this.list();
    if (ids.some((id) => !this.rows.has(id))) {
      const { files } = await get(this.element.dataset.url);
      for (const file of files) if (!this.rows.has(String(file.id))) this.know(file);
    }
    this.part("list").replaceChildren(...ids.filter((id) => this.rows.has(id)).map((id) => this.rows.get(id)));
  }

  hold(event) {
    if (!this.running) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.say("busy");
    this.element.scrollIntoView({ block: "center" });
  }
}

export function mount(element) {
  new Files(element);
}
