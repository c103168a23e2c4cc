// Answers on their way to the server: kept in the browser until the server has said that they are saved.

const PAUSES_MS = [1000, 2000, 4000, 8000, 15000];

export class Outbox {
  /** `send(body)` posts to the server; `show({name, count, reason, reply})` tells the page. */
  constructor(key, send, show) {
    this.key = key;
    this.deliver = send;
    this.show = show;
    this.failures = 0;
    this.trouble = ""; // why the last request came to nothing: offline, signed-out, refused
    this.latest = new Map();
    this.waiting = this.load();
  }

  load() {
    try {
      return new Map(JSON.parse(localStorage.getItem(this.key) ?? "[]"));
    } catch {
      return new Map();
    }
  }

  /** Storage may be full or forbidden; the answers then live as long as the page. */
  store() {
    try {
      if (this.waiting.size) localStorage.setItem(this.key, JSON.stringify([...this.waiting]));
      else localStorage.removeItem(this.key);
    } catch {
      this.show({ name: "refused", reason: "localStorage" });
    }
  }

  get size() {
    return this.waiting.size;
  }

  entries() {
    return [...this.waiting];
  }

  get(slot) {
    return this.latest.get(slot);
  }

  put(entry) {
    this.latest.set(entry.slot, entry);
    this.waiting.set(entry.slot, entry);
    this.store();
  }

  drop(slot) {
    this.waiting.delete(slot);
    this.store();
  }

  /** Send all that waits; one request at a time, so that the newest answer is also the last one sent. */
  async send(current, isBeat = false) {
    if (!this.size && !isBeat) return;
    if (this.sending) {
      this.again = true;
      return this.sending;
    }
    clearTimeout(this.retry);
    this.sending = this.attempt(current);
    await this.sending;
    this.sending = null;
    if (this.again) {
      this.again = false;
      await this.send(current);
    }
  }

  async attempt(current) {
    const answers = [...this.waiting.values()];
    if (answers.length) this.show({ name: "saving" });
    try {
      const reply = await this.deliver({ answers, current });
      this.failures = 0;
      this.trouble = "";
      for (const [slot, sequence] of reply.saved) if (this.waiting.get(slot)?.sequence <= sequence) this.waiting.delete(slot);
      for (const entry of reply.stale) if (this.waiting.get(entry.slot)?.sequence <= entry.sequence) this.waiting.delete(entry.slot);
      this.store();
      this.show({ name: this.size ? "saving" : "saved", reply });
    } catch (error) {
      this.failed(error, current);
    }
  }

  failed(error, current) {
    if (error.code === "closed") {
      this.waiting.clear();
      this.store();
      return this.show({ name: "closed" });
    }
    const isRefused = error.status && error.status < 500;
    this.trouble = error.status === 401 || error.status === 403 ? "signed-out" : isRefused ? "refused" : "offline";
    this.show({ name: this.trouble, reason: error.message, count: this.size });
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.send(current, true), pause);
  }
}
