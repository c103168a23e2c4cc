// Choosing the place in the text library that a question comes from, without leaving the page.
import { get } from "../lib/http.js";
import { t } from "../lib/t.js";

export function mount(picker) {
  const part = (name) => picker.querySelector(`[data-part="${name}"]`);
  const form = picker.closest("form");
  const [query, button, results, state] = ["query", "find", "results", "state"].map(part);

  async function find() {
    state.textContent = t(picker, "searching");
    try {
      const { html } = await get(`${picker.dataset.url}?q=${encodeURIComponent(query.value.trim())}`);
      results.innerHTML = html;
      state.textContent = "";
      results.querySelector("input")?.focus();
    } catch (error) {
      state.textContent = t(picker, "failed", { reason: error.message });
    }
  }

  function choose(choice) {
    form.elements.source.value = choice.dataset.words;
    form.elements.source_address.value = choice.dataset.address;
    results.replaceChildren();
    picker.open = false;
    state.textContent = t(picker, "chosen", { words: choice.dataset.words });
    form.elements.source.focus();
  }

  button.addEventListener("click", (event) => {
    event.preventDefault();
    find();
  });
  query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find();
  });
  // Arrow keys walk through the places; only a click or Enter chooses one.
  results.addEventListener("click", (event) => {
    const isByKeys = event.target.matches("input") && event.detail === 0;
    const choice = event.target.closest("label")?.querySelector("input");
    if (choice && event.target.matches("input") && !isByKeys) choose(choice);
  });
  results.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    choose(event.target);
  });
}
