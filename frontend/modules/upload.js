// Sends files to the resumable upload endpoint and leaves a hidden input with each finished upload's token.
import { Upload } from "tus-js-client";
import { csrfToken } from "../lib/http.js";
import { t } from "../lib/t.js";
import { addRow } from "../lib/upload-row.js";

const CHUNK_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000];
const NO_ROOM = 507; // waiting does not make room on the server's disk

/** The sentence of the server inside tus-js-client's error, else the error's own words. */
function reasonOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).message;
  } catch {
    return error.message;
  }
}

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
  const upload = new Upload(file, {
    endpoint: element.dataset.url,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, filetype: file.type },
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    onProgress(sent, total) {
      view.bar.value = total ? sent / total : 0;
      view.state.textContent = t(element, "sending", { percent: `${Math.floor((100 * sent) / (total || 1))}%` });
    },
    onShouldRetry(error) {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status === 409 || status === 423 || (status >= 500 && status !== NO_ROOM);
      if (again) view.state.textContent = t(element, "paused");
      return again;
    },
    onSuccess() {
      running.delete(upload);
      mark(running);
      finish(element, view, file, upload.url.split("/").pop());
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
  const [earlier] = await upload.findPreviousUploads();
  if (earlier && !upload.url) upload.resumeFromPreviousUpload(earlier);
  upload.start();
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
