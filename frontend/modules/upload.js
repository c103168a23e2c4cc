// A field for resumable uploads: takes files or a folder, chosen or dropped, and leaves a hidden input with each
// finished upload's token.
import { t } from "../lib/t.js";
import { readDropped, sift } from "../lib/upload-files.js";
import { Sending } from "../lib/upload-send.js";

const MANY = 12; // from here on the rows of files that are up are taken away; a sentence counts them

export function mount(element) {
  const input = element.querySelector("[data-upload-input]");
  const folder = element.querySelector("[data-upload-folder]");
  const line = element.querySelector("[data-upload-sum]");
  let all = 0;
  let skipped = 0;
  const sending = new Sending(element, tell);

  function tell() {
    const words = [];
    if (all >= MANY) words.push(t(element, "all", { done: sending.done, all }));
    if (skipped) words.push(t(element, "skipped", { count: skipped }));
    line.textContent = words.join("；");
    line.hidden = !words.length;
    element.classList.toggle("has-many", all >= MANY);
  }

  function take(files, isFolder = false) {
    if (!input.multiple) element.querySelectorAll(".drop-item button").forEach((button) => button.click());
    const chosen = input.multiple ? files : files.slice(0, 1);
    const sifted = isFolder ? sift(chosen, input.accept) : { accepted: chosen, skipped: 0 };
    all += sifted.accepted.length;
    skipped += sifted.skipped;
    for (const file of sifted.accepted) sending.add(file);
    tell();
  }

  function takeFrom(field, isFolder) {
    take([...field.files], isFolder);
    field.value = "";
  }

  input.addEventListener("change", () => takeFrom(input, false));
  folder?.addEventListener("change", () => takeFrom(folder, true));
  // On a slow connection a file may have been chosen before this script arrived.
  if (input.files.length) takeFrom(input, false);
  element.addEventListener("upload:removed", () => {
    all -= 1;
    tell();
  });
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("is-over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("is-over"));
  element.addEventListener("drop", async (event) => {
    event.preventDefault();
    element.classList.remove("is-over");
    const { files, isFolder } = await readDropped(event.dataTransfer);
    take(files, isFolder);
  });
  // Sending the form while a file is under way would lose the file.
  element.closest("form")?.addEventListener("submit", (event) => {
    if (!sending.isBusy) return;
    event.preventDefault();
    line.textContent = t(element, "busy");
    line.hidden = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (sending.isBusy) event.preventDefault();
  });
}
