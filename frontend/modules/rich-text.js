// A text of a question: a plain field that becomes a rich editor, at once or when its button is pressed.

export function mount(field) {
  const form = field.closest("form");
  const button = field.querySelector('[data-part="open"]');
  const isHtml = field.querySelector('[data-part="format"]').value === "html";

  async function open() {
    const { RichEditor } = await import("../lib/rich-editor.js");
    const editor = new RichEditor(field, form);
    if (!editor.open()) return;
    if (button) button.hidden = true;
    if (button === document.activeElement || button?.dataset.pressed) editor.editor.focus(true);
  }

  if (!button || isHtml) return open();
  button.hidden = false;
  button.addEventListener("click", () => {
    button.dataset.pressed = "yes";
    open();
  });
}
