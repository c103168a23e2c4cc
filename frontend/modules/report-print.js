// The printable report: its button opens the print dialogue.
export function mount(element) {
  element.querySelector("[data-print]").addEventListener("click", () => window.print());
}
