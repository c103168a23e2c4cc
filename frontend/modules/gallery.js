// A picture gallery: a large view with keys and swipes.
import { t } from "../lib/t.js";

const SWIPE_PIXELS = 40;

function makeButton(text, symbol, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn square";
  button.setAttribute("aria-label", text);
  button.textContent = symbol;
  button.addEventListener("click", onClick);
  return button;
}

function makeDialog(element, pictures) {
  const dialog = document.createElement("dialog");
  dialog.className = "gallery-large";
  const image = dialog.appendChild(document.createElement("img"));
  const words = dialog.appendChild(document.createElement("p"));
  const bar = dialog.appendChild(document.createElement("div"));
  bar.className = "gallery-bar";
  let place = 0;

  function show(next) {
    place = (next + pictures.length) % pictures.length;
    const { link, thumb, caption } = pictures[place];
    image.src = link.href;
    image.alt = thumb.alt;
    words.textContent = caption.textContent;
    if (!dialog.open) dialog.showModal();
  }

  bar.append(
    makeButton(t(element, "before"), "‹", () => show(place - 1)),
    makeButton(t(element, "next"), "›", () => show(place + 1)),
    makeButton(t(element, "close"), "×", () => dialog.close()),
  );
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(place - 1);
    if (event.key === "ArrowRight") show(place + 1);
  });
  let startX = null;
  image.addEventListener("pointerdown", (event) => (startX = event.clientX));
  image.addEventListener("pointerup", (event) => {
    const moved = startX === null ? 0 : event.clientX - startX;
    if (Math.abs(moved) > SWIPE_PIXELS) show(place + (moved < 0 ? 1 : -1));
    startX = null;
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  element.append(dialog);
  return show;
}

export function mount(element) {
  const figures = [...element.querySelectorAll("figure")];
  const pictures = figures.map((figure) => ({
    link: figure.querySelector("[data-large]"),
    thumb: figure.querySelector("img"),
    caption: figure.querySelector("figcaption"),
  }));
  const show = makeDialog(element, pictures);
  pictures.forEach(({ link }, index) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(index);
    }),
  );
}
