// The line that a file has in the list of an upload.
import { t } from "./t.js";

/** The row of one file: name, bar, sentence, a button to remove or retry. */
export function addRow(element, file) {
  const row = document.createElement("li");
  row.className = "drop-item";
  const name = document.createElement("span");
  name.className = "drop-name";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.className = "bar";
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const state = document.createElement("span");
  state.className = "small mute";
  state.textContent = t(element, "waiting");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn quiet small";
  button.textContent = t(element, "remove");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn small";
  again.textContent = t(element, "retry");
  again.hidden = true;
  row.append(name, button, bar, state, again);
  element.querySelector("[data-upload-list]").append(row);
  return { row, bar, state, button, again };
}
