// Sends one file to the resumable upload endpoint, with its row in the list; a few files at a time.
import { t } from "./t.js";
import { begin, newUpload, reasonOf, tokenOf } from "./tus.js";
import { addRow } from "./upload-row.js";

const AT_ONCE = 3;

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
    const upload = newUpload(file, element.dataset.url, {
      onProgress(sent, total) {
        view.bar.value = total ? sent / total : 0;
        view.state.textContent = t(element, "sending", { percent: `${Math.floor((100 * sent) / (total || 1))}%` });
      },
      onPause() {
        view.state.textContent = t(element, "paused");
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

  start(upload) {
    this.running.add(upload);
    begin(upload);
  }

  finish(upload, file, view) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = this.element.dataset.name;
    input.value = tokenOf(upload);
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
