// A small picture above the progress bar: what is to be seen at the moment under the pointer.

export function showStoryboard(element, player) {
  const url = element.dataset.storyboard;
  const progress = player.controlBar?.progressControl?.el();
  if (!url || !progress) return;
  const board = JSON.parse(element.dataset.board);
  const seconds = Number(element.dataset.duration);
  const view = document.createElement("div");
  view.className = "player-preview";
  view.setAttribute("aria-hidden", "true");
  view.hidden = true;
  progress.append(view);

  function show(event) {
    const box = progress.querySelector(".vjs-progress-holder").getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const tile = Math.min(Math.floor((share * seconds) / board.step_seconds), board.columns * board.rows - 1);
    const [column, row] = [tile % board.columns, Math.floor(tile / board.columns)];
    const outer = progress.getBoundingClientRect();
    const left = event.clientX - outer.left - board.width / 2;
    Object.assign(view.style, {
      width: `${board.width}px`,
      height: `${board.height}px`,
      backgroundImage: `url("${url}")`,
      backgroundPosition: `-${column * board.width}px -${row * board.height}px`,
      left: `${Math.min(outer.width - board.width, Math.max(0, left))}px`,
    });
    view.hidden = false;
  }

  progress.addEventListener("pointermove", show);
  progress.addEventListener("pointerleave", () => (view.hidden = true));
}
