// The study clock of a page: tells the server that somebody studies, shows what the server counts.

import { post } from "../lib/http.js";
import { t } from "../lib/t.js";
import { Activity } from "./study-activity.js";

const RETRY_SECONDS = 15;
const HAND_IN_MS = 400;
// Answers that tell what the time before was; why it stands still now, the page itself knows.
const PAST = ["opened", "counted", "claim", "gap", "repeated"];

class StudyClock {
  constructor(element) {
    this.element = element;
    for (const name of ["pill", "state", "time", "take", "check", "answer"]) {
      this[name] = element.querySelector(`[data-clock-${name}]`);
    }
    this.sequence = 0;
    this.counting = false;
    this.counted = 0;
    this.countedAt = performance.now();
    this.options = {};
    // Other tabs of this browser hand in what they have before the clock leaves them.
    this.tabs = new BroadcastChannel("study-clock");
    this.tabs.addEventListener("message", () => this.counting && this.beat());
    this.take.addEventListener("click", () => this.takeOver());
    this.answer.addEventListener("click", () => this.confirm());
    this.check.addEventListener("cancel", (event) => event.preventDefault());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
    setInterval(() => this.showTime(), 1000);
    // Far down or up a long text the clock stays in sight.
    new IntersectionObserver(([seen]) => element.classList.toggle("floating", !seen.isIntersecting)).observe(element);
    this.open();
  }

  async open() {
    const { kind, subject, openUrl } = this.element.dataset;
    const largeText = document.documentElement.dataset.text === "large";
    try {
      const answer = await post(openUrl, { kind, id: Number(subject), large_text: largeText });
      this.session = answer.session;
      this.sequence = 0;
      this.setCounted(answer.counted_seconds);
      this.activity?.stop();
      const { media, idle_seconds: idleSeconds } = answer;
      this.activity = new Activity({ media, idleSeconds, changed: () => this.beat() });
      clearInterval(this.timer);
      this.timer = setInterval(() => this.tick(), answer.beat_seconds * 1000);
      this.beat();
    } catch (error) {
      this.fail(error, () => this.open());
    }
  }

  tick() {
    if (this.activity.state === "active" || this.waiting) this.beat();
  }

  /** Send what has happened since the last answer. One report is under way at a time. */
  async beat(extra = {}, { keepalive = false } = {}) {
    Object.assign(this.options, extra);
    if (!this.session || (this.sending && !keepalive)) {
      this.again = true;
      return;
    }
    this.sending = true;
    this.again = false;
    const report = this.report();
    this.options = {};
    try {
      const answer = await post(this.element.dataset.beatUrl, report, { keepalive });
      this.activity.activeMs = Math.max(0, this.activity.activeMs - report.active_seconds * 1000);
      this.activity.ranges.forget(report.ranges ?? []);
      this.show(answer);
    } catch (error) {
      if (report.take_over || report.answer) this.options = { take_over: report.take_over, answer: report.answer };
      this.fail(error, () => this.open());
    } finally {
      this.sending = false;
      if (this.again && !keepalive) this.beat();
    }
  }

  report() {
    const { activity } = this;
    activity.update();
    const report = {
      session: this.session,
      sequence: ++this.sequence,
      active_seconds: Math.floor(activity.activeMs) / 1000,
      state: activity.state,
      at_end: activity.media ? activity.ranges.ended : activity.atEnd,
      ...this.options,
    };
    const position = activity.position();
    if (position !== null) report.position = position;
    if (activity.media) report.ranges = activity.ranges.fresh().slice(0, 200);
    return report;
  }

  leave() {
    if (this.session) this.beat({ state: "left" }, { keepalive: true });
    this.session = null;
  }

  takeOver() {
    this.tabs.postMessage("hand in");
    setTimeout(() => this.beat({ take_over: true }), HAND_IN_MS);
  }

  confirm() {
    this.check.close();
    this.beat({ answer: this.checkNumber });
  }

  show(answer) {
    this.waiting = answer.reason === "elsewhere";
    if (answer.reason !== "repeated" && !this.waiting) this.setCounted(answer.counted_seconds);
    this.counting = answer.counting;
    this.take.hidden = !this.waiting;
    const now = this.activity.state === "active" ? "opened" : this.activity.state;
    const stopped = PAST.includes(answer.reason) ? now : answer.reason.replace("_", "-");
    this.showState(answer.counting ? "counting" : stopped);
    this.checkNumber = answer.check?.number;
    if (answer.check && !this.check.open) this.check.showModal();
    if (!answer.check && this.check.open) this.check.close();
    const detail = { counting: answer.counting, countedSeconds: this.counted, reason: answer.reason };
    Object.assign(detail, { fraction: answer.fraction, completed: answer.completed });
    document.dispatchEvent(new CustomEvent("study:state", { detail }));
  }

  fail(error, reopen) {
    this.counting = false;
    if (error.status === 410) return void reopen();
    if (error.status === 401) return this.end("signed-out");
    if ([400, 403, 404].includes(error.status)) return this.end("none");
    this.showState("offline");
    if (!this.session) setTimeout(reopen, RETRY_SECONDS * 1000);
  }

  /** Nothing more is counted on this page. */
  end(state) {
    this.session = null;
    this.activity?.stop();
    clearInterval(this.timer);
    this.showState(state);
  }

  setCounted(seconds) {
    this.counted = seconds;
    this.countedAt = performance.now();
  }

  showState(name) {
    const sentence = t(this.element, name);
    this.pill.hidden = false;
    this.pill.classList.toggle("on", name === "counting");
    if (this.state.textContent !== sentence) this.state.textContent = sentence;
    this.showTime();
  }

  showTime() {
    const running = this.counting && this.activity?.state === "active";
    const since = running ? Math.min(20, (performance.now() - this.countedAt) / 1000) : 0;
    const total = Math.floor(this.counted + since);
    const words = { hours: Math.floor(total / 3600), minutes: Math.floor(total / 60) % 60, seconds: total % 60 };
    const name = total >= 3600 ? "hours" : total >= 60 ? "minutes" : "seconds";
    this.time.textContent = t(this.element, name, words);
  }
}

export function mount(element) {
  new StudyClock(element);
}
