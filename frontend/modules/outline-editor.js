// Sorting the outline of a course by dragging; the buttons for up and down work without this.

import { post } from "../lib/http.js";

export function mount(editor) {
  const sorter = new Sorter(editor);
  for (const item of editor.querySelectorAll("[data-lesson]")) sorter.addHandle(item);
}

class Sorter {
  constructor(editor) {
    this.editor = editor;
    this.dragged = null;
    editor.addEventListener("dragover", (event) => this.over(event));
    editor.addEventListener("drop", (event) => event.preventDefault());
  }

  addHandle(item) {
    const handle = document.createElement("span");
    handle.className = "drag-handle";
    handle.title = this.editor.dataset.textDrag;
    handle.setAttribute("aria-hidden", "true");
    item.prepend(handle);
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => this.start(event, item));
    handle.addEventListener("dragend", () => this.end());
  }

  start(event, item) {
    this.dragged = item;
    this.before = this.order();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.lesson);
    event.dataTransfer.setDragImage(item, 16, 16);
    requestAnimationFrame(() => item.classList.add("is-dragged"));
  }

  over(event) {
    if (!this.dragged) return;
    const list = event.target.closest("[data-chapter]")?.querySelector('[data-part="lessons"]');
    if (!list) return;
    event.preventDefault();
    const others = [...list.querySelectorAll("[data-lesson]")].filter((item) => item !== this.dragged);
    const next = others.find((item) => {
      const box = item.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    list.insertBefore(this.dragged, next ?? null);
  }

  async end() {
    this.dragged?.classList.remove("is-dragged");
    this.dragged = null;
    const order = this.order();
    if (JSON.stringify(order) === JSON.stringify(this.before)) return;
    try {
      const answer = await post(this.editor.dataset.url, {
        revision: Number(this.editor.dataset.revision),
        chapters: order,
      });
      this.editor.dataset.revision = answer.revision;
      this.renumber();
      this.say(this.editor.dataset.textSaved);
    } catch (error) {
      this.say(error.message || this.editor.dataset.textFailed, true);
    }
  }

  order() {
    return [...this.editor.querySelectorAll("[data-chapter]")].map((chapter) => ({
      id: Number(chapter.dataset.chapter),
      lessons: [...chapter.querySelectorAll("[data-lesson]")].map((item) => Number(item.dataset.lesson)),
    }));
  }

  renumber() {
    const numbers = this.editor.querySelectorAll("[data-lesson] .outline-number");
    numbers.forEach((number, place) => (number.textContent = place + 1));
  }

  say(text, isProblem = false) {
    const place = this.editor.querySelector('[data-part="say"]');
    place.textContent = text;
    place.classList.toggle("visually-hidden", !isProblem);
    place.classList.toggle("course-note", isProblem);
  }
}
