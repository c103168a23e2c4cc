// Played ranges of a clip, put together from what the player tells about itself.

const SLACK_SECONDS = 1.5;

export class RangeRecorder {
  constructor() {
    this.ranges = [];
    this.playing = false;
    this.position = null;
    this.ended = false;
    this.rate = 1;
    this.at = 0;
  }

  /** A report of the player: {playing, position, duration, rate}. */
  add({ playing, position, duration, rate }) {
    const at = performance.now();
    if (this.playing && this.position !== null) {
      const moved = position - this.position;
      const possible = ((at - this.at) / 1000) * Math.max(this.rate, rate || 1) + SLACK_SECONDS;
      if (moved > 0 && moved <= possible) this.extend(this.position, position);
    }
    this.playing = Boolean(playing);
    this.position = Number.isFinite(position) ? Math.max(0, position) : this.position;
    this.rate = rate || 1;
    this.at = at;
    if (duration > 0 && position >= duration - 1) this.ended = true;
  }

  extend(start, end) {
    const last = this.ranges.at(-1);
    if (last && Math.abs(last[1] - start) < 0.05) last[1] = end;
    else this.ranges.push([start, end]);
  }

  /** What has not been acknowledged yet; `forget` drops it once it has been. */
  fresh() {
    return this.ranges.map(([start, end]) => [round(start), round(end)]).filter(([start, end]) => end > start);
  }

  forget(sent) {
    const until = sent.at(-1);
    if (!until) return;
    const left = this.ranges.slice(sent.length);
    const last = this.ranges[sent.length - 1];
    // The range that was open when the report left may have grown meanwhile.
    if (last && last[1] > until[1]) left.unshift([until[1], last[1]]);
    this.ranges = left;
  }
}

function round(seconds) {
  return Math.floor(seconds * 1000) / 1000;
}
