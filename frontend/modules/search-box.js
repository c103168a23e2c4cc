// Suggestions below a search box as one types: titles that fit, chosen with the arrow keys or a tap.

import { get } from "../lib/http.js";
import { t } from "../lib/t.js";

const WAIT = 120;

/** A list box below `form`; `choose(url)` is called with the suggestion taken. */
class Suggestions {
  constructor(form, input) {
    this.form = form;
    this.input = input;
    this.list = document.createElement("ul");
    this.list.className = "search-suggestions";
    this.list.id = `${input.id || "search"}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", t(form, "list"));
    this.list.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    form.append(this.list, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) {
      input.setAttribute(name, value);
    }
    this.at = -1;
  }

  show(items) {
    this.list.replaceChildren(...items.map((item, index) => this.option(item, index)));
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.status.textContent = items.length ? t(this.form, "count", { count: items.length }) : "";
  }

  option(item, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.dataset.url = item.url;
    const kind = document.createElement("span");
    kind.className = "small mute";
    kind.textContent = item.kind;
    const title = document.createElement("span");
    title.textContent = item.title;
    option.append(title, kind);
    // Before the box loses the keyboard and the list closes.
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => window.location.assign(item.url));
    return option;
  }

  move(step) {
    const options = [...this.list.children];
    if (!options.length || this.list.hidden) return false;
    options[this.at]?.setAttribute("aria-selected", "false");
    this.at = ((this.at + step + 1 + options.length + 1) % (options.length + 1)) - 1;
    const chosen = options[this.at];
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
    return true;
  }

  get chosen() {
    return this.list.hidden ? undefined : this.list.children[this.at];
  }
}

/** Start the suggestions of one search form. */
export function mount(form) {
  const input = form.querySelector("input[type=search]");
  const suggestions = new Suggestions(form, input);
  let timer = 0;
  let running = null;

  async function ask() {
    running?.abort();
    const text = input.value.trim();
    if (!text) return suggestions.show([]);
    running = new AbortController();
    try {
      const url = `${form.dataset.suggestUrl}?q=${encodeURIComponent(text)}`;
      const { items } = await get(url, { signal: running.signal });
      if (document.activeElement === input) suggestions.show(items);
    } catch (error) {
      // Suggestions are an extra: without them the box works as before.
      if (error.name !== "AbortError") suggestions.show([]);
    }
  }

  input.addEventListener("input", (event) => {
    window.clearTimeout(timer);
    if (!event.isComposing) timer = window.setTimeout(ask, WAIT);
  });
  input.addEventListener("compositionend", () => {
    timer = window.setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && suggestions.move(1)) event.preventDefault();
    if (event.key === "ArrowUp" && suggestions.move(-1)) event.preventDefault();
    if (event.key === "Escape" && !suggestions.list.hidden) {
      suggestions.show([]);
      event.preventDefault();
    }
    if (event.key === "Enter" && suggestions.chosen) {
      event.preventDefault();
      window.location.assign(suggestions.chosen.dataset.url);
    }
  });
  // On a slow connection somebody may have typed before this script arrived.
  if (input.value !== input.defaultValue) ask();
  input.addEventListener("blur", () => {
    window.clearTimeout(timer);
    running?.abort();
    suggestions.show([]);
  });
}
