// Sends files to the resumable upload endpoint and leaves a hidden input with each finished upload's token.
import { begin, newUpload, reasonOf, tokenOf } from "../lib/tus.js";
import { t } from "../lib/t.js";
import { addRow } from "../lib/upload-row.js";

function finish(element, view, file, token) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = element.dataset.name;
  input.value = token;
  view.row.append(input);
  view.row.classList.add("is-done");
  view.bar.classList.add("ok");
  view.bar.value = 1;
  view.state.textContent = t(element, "done");
  const detail = { token, name: file.name, size: file.size, type: file.type };
  element.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail }));
}

function send(element, file, running) {
  const view = addRow(element, file);
  const upload = newUpload(file, element.dataset.url, {
    onProgress(sent, total) {
      view.bar.value = total ? sent / total : 0;
      view.state.textContent = t(element, "sending", { percent: `${Math.floor((100 * sent) / (total || 1))}%` });
    },
    onPause() {
      view.state.textContent = t(element, "paused");
    },
    onSuccess() {
      running.delete(upload);
      mark(running);
      finish(element, view, file, tokenOf(upload));
    },
    onError(error) {
      running.delete(upload);
      mark(running);
      view.row.classList.add("is-failed");
      view.again.hidden = false;
      view.state.textContent = t(element, "failed", { reason: reasonOf(error) });
    },
  });
  view.button.addEventListener("click", () => {
    running.delete(upload);
    mark(running);
    upload.abort(!view.row.classList.contains("is-done")).catch(() => {});
    view.row.remove();
    element.dispatchEvent(new CustomEvent("upload:removed", { bubbles: true }));
  });
  view.again.addEventListener("click", () => {
    view.row.classList.remove("is-failed");
    view.again.hidden = true;
    start(upload, running);
  });
  start(upload, running);
}

/** Pages that reload by themselves wait while <html data-uploading> is there. */
function mark(running) {
  document.documentElement.toggleAttribute("data-uploading", running.size > 0);
}

/** Begin, or go on where an earlier page or a broken connection has left off. */
async function start(upload, running) {
  running.add(upload);
  mark(running);
  await begin(upload);
}

export function mount(element) {
  const input = element.querySelector("[data-upload-input]");
  const running = new Set();
  const take = (files) => {
    if (!input.multiple) element.querySelectorAll(".drop-item button").forEach((button) => button.click());
    for (const file of input.multiple ? files : [...files].slice(0, 1)) send(element, file, running);
  };

  const takeChosen = () => {
    take([...input.files]);
    input.value = "";
  };

  input.addEventListener("change", takeChosen);
  // On a slow connection a file may have been chosen before this script arrived.
  if (input.files.length) takeChosen();
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("is-over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("is-over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
  // Sending the form while a file is under way would lose the file.
  element.closest("form")?.addEventListener("submit", (event) => {
    if (!running.size) return;
    event.preventDefault();
    const last = element.querySelector(".drop-item:last-child .small");
    if (last) last.textContent = t(element, "busy");
  });
  window.addEventListener("beforeunload", (event) => {
    if (running.size) event.preventDefault();
  });
}
