// The player of videos and sounds: video.js with captions, rates, qualities and keys; resumes where the
// learner was, keeps to the first viewing in order where the course asks for it, and says what plays.
import { listenToKeys, onKey } from "../lib/player-keys.js";
import { keepInOrder } from "../lib/player-order.js";
import { clock } from "../lib/time.js";
import { t } from "../lib/t.js";
import { showStoryboard } from "../lib/storyboard.js";
import { followTranscript } from "../lib/transcript.js";

const RATES = [0.75, 1, 1.25, 1.5, 2];
const TICK_MS = 1000;
const LEAST_RESUME_SECONDS = 5;

async function loadPlayer() {
  // The page's policy forbids style elements made by scripts; the style sheet is loaded by the page.
  window.VIDEOJS_NO_DYNAMIC_STYLE = true;
  const [{ default: videojs }, { default: chinese }, { addQualityButton }] = await Promise.all([
    import("video.js"),
    import("video.js/dist/lang/zh-CN.json"),
    import("../lib/quality.js"),
  ]);
  videojs.addLanguage("zh-CN", chinese);
  return { videojs, addQualityButton };
}

function options(element) {
  const isVideo = element.dataset.kind === "video";
  return {
    language: document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en",
    playbackRates: RATES,
    audioOnlyMode: !isVideo,
    controlBar: {
      skipButtons: { forward: 10, backward: 10 },
      pictureInPictureToggle: isVideo && element.dataset.noSkip === undefined,
      remainingTimeDisplay: false,
      currentTimeDisplay: true,
      timeDivider: true,
      durationDisplay: true,
      subsCapsButton: isVideo,
    },
    html5: { vhs: { overrideNative: true }, nativeTextTracks: false, nativeAudioTracks: false },
    textTrackSettings: false,
    userActions: { hotkeys: onKey },
  };
}

function say(element, text, restart = null) {
  const note = element.querySelector("[data-note]");
  note.textContent = text;
  if (restart) note.append(" ", restart);
  note.hidden = !text;
}

/** Start where the learner was, and offer the beginning. */
function resume(element, player) {
  const asked = location.hash.match(/^#t-(\d+)/);
  const target = asked ? Number(asked[1]) : Number(element.dataset.position) || 0;
  const isNearAnEnd = target < LEAST_RESUME_SECONDS || target > player.duration() - LEAST_RESUME_SECONDS;
  if (isNearAnEnd && !asked) return;
  player.currentTime(target);
  if (asked) return;
  const restart = document.createElement("button");
  restart.type = "button";
  restart.className = "btn small";
  restart.textContent = t(element, "restart");
  restart.addEventListener("click", () => {
    player.currentTime(0);
    say(element, "");
    player.play();
  });
  say(element, t(element, "resumed", { time: clock(target) }), restart);
  player.one("play", () => setTimeout(() => say(element, ""), 4000));
}

/** Tell the page, above all the study clock, what plays. */
function announce(element, player) {
  const duration = Number(element.dataset.duration) || 0;
  const tell = (more = {}) =>
    document.dispatchEvent(
      new CustomEvent("media:state", {
        detail: {
          playing: !player.paused() && !player.ended() && !player.seeking() && player.readyState() > 2,
          position: player.currentTime() ?? 0,
          duration: duration || player.duration() || 0,
          rate: player.playbackRate(),
          seeking: player.seeking(),
          ended: player.ended(),
          ...more,
        },
      }),
    );
  player.on(["play", "playing", "pause", "seeking", "seeked", "ended", "ratechange", "waiting", "stalled"], () => tell());
  const timer = setInterval(() => !player.paused() && tell(), TICK_MS);
  player.on("dispose", () => clearInterval(timer));
  window.addEventListener("pagehide", () => tell({ playing: false }));
}

/** Show the loss of the network in words; go on by itself when it is back. */
function mend(element, player) {
  player.on("error", () => say(element, t(element, "failed")));
  window.addEventListener("online", () => {
    if (!player.error()) return;
    const [time, source] = [player.currentTime(), player.currentSource()];
    player.error(null);
    player.src(source);
    player.one("loadedmetadata", () => player.currentTime(time));
    say(element, "");
  });
}

export async function mount(element) {
  const { videojs, addQualityButton } = await loadPlayer();
  const player = videojs(element.querySelector("video, audio"), options(element));
  player.one("loadedmetadata", () => {
    resume(element, player);
    addQualityButton(videojs, player, { label: t(element, "quality"), auto: t(element, "auto") });
  });
  if (element.dataset.noSkip !== undefined) {
    keepInOrder(player, JSON.parse(element.dataset.watched || "[]"), () => {
      say(element, t(element, "no-skip"));
      setTimeout(() => say(element, ""), 5000);
    });
  }
  announce(element, player);
  mend(element, player);
  listenToKeys(player);
  showStoryboard(element, player);
  followTranscript(document.querySelector("[data-transcript]"), player);
  element.player = player;
}
