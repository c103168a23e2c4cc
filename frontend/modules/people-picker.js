// Picking people from a list that is searched as one types; what is ticked stays when the search changes.

import { get } from "../lib/http.js";
import { t } from "../lib/t.js";

const WAIT_MS = 150;

class PeoplePicker {
  constructor(element) {
    this.element = element;
    this.input = element.querySelector("input[type=search]");
    this.found = element.querySelector("[data-found]");
    this.picked = element.querySelector("[data-picked]");
    this.status = element.querySelector("[data-status]");
    this.count = element.querySelector("[data-count]");
    this.all = element.querySelector("[data-all]");
    this.all.addEventListener("click", () => this.takeAll());
    element.querySelector("button[name=find]").hidden = true;
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("change", (event) => this.move(event.target));
    if (this.input.value) this.search();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), WAIT_MS);
  }

  /** Enter searches at once instead of sending the form; the arrow goes into what was found. */
  key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.search();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.found.querySelector("input")?.focus();
    }
  }

  async search() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = new AbortController();
    const text = this.input.value.trim();
    try {
      const url = `${this.element.dataset.url}?q=${encodeURIComponent(text)}`;
      const { people } = text ? await get(url, { signal: this.request.signal }) : { people: [] };
      this.show(people, text);
    } catch (error) {
      if (error.name !== "AbortError") this.status.textContent = error.message;
    }
  }

  show(people, text) {
    for (const box of this.picked.querySelectorAll("input:not(:checked)")) box.closest("li").remove();
    const chosen = new Set([...this.picked.querySelectorAll("input")].map((input) => input.value));
    const fresh = people.filter((one) => !chosen.has(String(one.id)));
    this.found.replaceChildren(...fresh.map((one) => line(one)));
    this.all.hidden = fresh.length < 2;
    this.status.textContent = !text ? "" : fresh.length ? t(this.element, "found", { count: fresh.length }) : t(this.element, "none");
  }

  /** What is ticked goes to the picked ones; unticked there it stays in sight until the next search. */
  move(box) {
    if (box.name !== "member") return;
    const row = box.closest("li");
    if (row.parentElement === this.found) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      this.picked.append(row);
      (next?.querySelector("input") ?? this.input).focus();
    }
    this.showCount();
  }

  takeAll() {
    for (const box of this.found.querySelectorAll("input")) box.checked = true;
    this.picked.append(...this.found.children);
    this.all.hidden = true;
    this.input.focus();
    this.showCount();
  }

  showCount() {
    const count = this.picked.querySelectorAll("input:checked").length;
    this.count.textContent = count ? t(this.element, "picked", { count }) : "";
  }
}

function line({ id, number, name, unit_name: unit }) {
  const row = document.createElement("li");
  const label = document.createElement("label");
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "member", value: id, className: "form-check-input" });
  const parts = [number, unit].map((text, place) => {
    const span = document.createElement("span");
    span.className = place ? "mute small" : "mute small num";
    span.textContent = text;
    return span;
  });
  label.append(box, ` ${name} `, parts[0], " ", parts[1]);
  row.append(label);
  return row;
}

export function mount(element) {
  new PeoplePicker(element);
}
