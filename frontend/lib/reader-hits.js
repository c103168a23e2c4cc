// Walks from one marked hit to the next, with buttons and with n and p.

export function walkHits(body, bar, template) {
  const marks = [...body.querySelectorAll("mark")];
  if (!marks.length) return;
  let current = -1;
  const place = document.createElement("span");
  place.className = "num";
  const step = (direction) => {
    marks[current]?.classList.remove("is-current");
    current = (current + direction + marks.length) % marks.length;
    marks[current].classList.add("is-current");
    marks[current].scrollIntoView({ block: "center" });
    place.textContent = template.replace("{place}", current + 1).replace("{total}", marks.length);
  };
  const buttons = [-1, 1].map((direction) => {
    const button = bar.querySelector(`[data-step="${direction}"]`);
    button.hidden = false;
    button.addEventListener("click", () => step(direction));
    return button;
  });
  bar.insertBefore(place, buttons[0]);
  bar.firstElementChild.hidden = true;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n") step(1);
    if (event.key === "p") step(-1);
  });
  const target = body.querySelector(".is-target");
  const first = target ? marks.findIndex((mark) => target.contains(mark) || target.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING) : 0;
  current = Math.max(0, first) - 1;
  step(1);
}
