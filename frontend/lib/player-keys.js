// The keys of the player: what people know from other players.

const SEEK_SECONDS = 5;
let current = null;

/** Space, arrows, f, m, c: what people know from other players. */
export function onKey(event) {
  const player = current;
  if (!player || event.ctrlKey || event.metaKey || event.altKey) return;
  const deeds = {
    " ": () => (player.paused() ? player.play() : player.pause()),
    k: () => (player.paused() ? player.play() : player.pause()),
    ArrowLeft: () => player.currentTime(Math.max(0, player.currentTime() - SEEK_SECONDS)),
    ArrowRight: () => player.currentTime(Math.min(player.duration(), player.currentTime() + SEEK_SECONDS)),
    ArrowUp: () => player.volume(Math.min(1, player.volume() + 0.1)),
    ArrowDown: () => player.volume(Math.max(0, player.volume() - 0.1)),
    f: () => (player.isFullscreen() ? player.exitFullscreen() : player.requestFullscreen()),
    m: () => player.muted(!player.muted()),
    c: () => toggleCaptions(player),
  };
  const deed = deeds[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
}

function toggleCaptions(player) {
  const tracks = [...player.textTracks()].filter((track) => track.kind === "captions");
  const shown = tracks.some((track) => track.mode === "showing");
  tracks.forEach((track, index) => (track.mode = !shown && index === 0 ? "showing" : "disabled"));
}

/** Let the keys steer `player`, on the whole page while nothing else wants them. */
export function listenToKeys(player) {
  current = player;
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest?.("input, textarea, select, button, a, summary, .video-js, [contenteditable='true']");
    if (!busy && !event.defaultPrevented && [" ", "k", "f", "m", "c"].includes(event.key)) onKey(event);
  });
  player.on("dispose", () => (current = null));
}
