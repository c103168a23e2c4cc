// Follows a job: asks every two seconds how far it is, and reloads the page when it is over.
import { get } from "../lib/http.js";

const PAUSE_MS = 2000;

function show(element, job) {
  const bar = element.querySelector("progress");
  bar.value = job.fraction;
  element.querySelector("[data-percent]").textContent = `${Math.floor(job.fraction * 100)}%`;
  element.querySelector("[data-text]").textContent = job.text;
}

export function mount(element) {
  async function ask() {
    try {
      const job = await get(element.dataset.url);
      show(element, job);
      // A reload would cut off a file that is being sent from this page.
      if (job.is_over && document.documentElement.dataset.uploading === undefined) return location.reload();
    } catch (error) {
      if (error.status && error.status < 500) return;
    }
    setTimeout(ask, PAUSE_MS);
  }
  setTimeout(ask, PAUSE_MS);
}
