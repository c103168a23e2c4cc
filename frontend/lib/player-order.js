// Keeps the first viewing in order: no seeking beyond what was watched.

const SKIP_SLACK_SECONDS = 1.5;

/** How far one may go at the first viewing: the end of what was watched from the start. */
function frontierOf(watched) {
  let frontier = 0;
  for (const [start, end] of watched) {
    if (start > frontier + SKIP_SLACK_SECONDS) break;
    frontier = Math.max(frontier, end);
  }
  return frontier;
}

/** Bring seeks beyond what was watched back to it, and say so through `onRefused`. */
export function keepInOrder(player, watched, onRefused) {
  let frontier = frontierOf(watched);
  const isWatched = (time) => watched.some(([start, end]) => start <= time && time <= end);
  player.on("timeupdate", () => {
    const now = player.currentTime();
    if (!player.seeking() && now <= frontier + SKIP_SLACK_SECONDS) frontier = Math.max(frontier, now);
  });
  player.on("seeking", () => {
    const wanted = player.currentTime();
    if (wanted <= frontier + SKIP_SLACK_SECONDS || isWatched(wanted)) return;
    player.currentTime(frontier);
    onRefused();
  });
}
