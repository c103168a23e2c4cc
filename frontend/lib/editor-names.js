// What the rich editor leaves unsaid to screen readers: names of its buttons, the role of its text.

function nameParts(root, label) {
  for (const button of root.querySelectorAll("button[data-tooltip]")) {
    if (button.textContent.trim()) button.removeAttribute("aria-label");
    else button.setAttribute("aria-label", button.dataset.tooltip);
  }
  for (const text of root.querySelectorAll('[role="textarea"]')) {
    text.setAttribute("role", "textbox");
    text.setAttribute("aria-multiline", "true");
    text.setAttribute("aria-label", label);
  }
}

/** Name the editor inside `root` now and whenever it draws itself anew. */
export function keepNamed(root, label) {
  const watch = new MutationObserver(() => nameParts(root, label));
  watch.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["role", "data-tooltip"] });
  nameParts(root, label);
}
