// Sends one file to the resumable upload endpoint, with its row in the list; a few files at a time.
import { Upload } from "tus-js-client";
import { csrfToken } from "./http.js";
import { t } from "./t.js";
import { addRow } from "./upload-row.js";

const CHUNK_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000];
const NO_ROOM = 507; // waiting does not make room on the server's disk
const AT_ONCE = 3;

/** The sentence of the server inside tus-js-client's error, else the error's own words. */
function reasonOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).message;
  } catch {
    return error.message;
  }
}

/** The uploads of one field: those under way, those that wait their turn, and how many are done. */
export class Sending {
  constructor(element, tell) {
    this.element = element;
    this.tell = tell;
    this.running = new Set();
    this.waiting = [];
    this.done = 0;
  }

  get isBusy() {
    return this.running.size + this.waiting.length > 0;
  }

  add(file) {
    this.waiting.push(() => this.send(file));
    this.next();
  }

  next() {
    while (this.waiting.length && this.running.size < AT_ONCE) this.waiting.shift()();
    // Pages that reload by themselves wait while <html data-uploading> is there.
    document.documentElement.toggleAttribute("data-uploading", this.isBusy);
    this.tell();
  }

  send(file) {
    const { element } = this;
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
      onSuccess: () => this.finish(upload, file, view),
      onError: (error) => {
        view.row.classList.add("is-failed");
        view.again.hidden = false;
        view.state.textContent = t(element, "failed", { reason: reasonOf(error) });
        this.end(upload);
      },
    });
    view.button.addEventListener("click", () => this.remove(upload, view));
    view.again.addEventListener("click", () => {
      view.row.classList.remove("is-failed");
      view.again.hidden = true;
      this.start(upload);
    });
    this.start(upload);
  }

  /** Begin, or go on where an earlier page or a broken connection has left off. */
  async start(upload) {
    this.running.add(upload);
    const [earlier] = await upload.findPreviousUploads();
    if (earlier && !upload.url) upload.resumeFromPreviousUpload(earlier);
    upload.start();
  }

  finish(upload, file, view) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = this.element.dataset.name;
    input.value = upload.url.split("/").pop();
    view.row.append(input);
    view.row.classList.add("is-done");
    view.bar.classList.add("ok");
    view.bar.value = 1;
    view.state.textContent = t(this.element, "done");
    this.done += 1;
    const detail = { token: input.value, name: file.name, size: file.size, type: file.type };
    this.element.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail }));
    this.end(upload);
  }

  remove(upload, view) {
    const isDone = view.row.classList.contains("is-done");
    upload.abort(!isDone).catch(() => {});
    view.row.remove();
    this.done -= isDone ? 1 : 0;
    this.element.dispatchEvent(new CustomEvent("upload:removed", { bubbles: true }));
    this.end(upload);
  }

  end(upload) {
    this.running.delete(upload);
    this.next();
  }
}
