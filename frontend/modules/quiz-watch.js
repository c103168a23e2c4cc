// The invigilator's page keeps itself up to date: it fetches itself and puts in what has changed.

export function mount(element) {
  const seconds = Number(element.dataset.seconds);

  async function refresh() {
    if (document.visibilityState === "visible" && !element.querySelector("details[open]")) {
      try {
        const response = await fetch(location.href, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const fresh = page.querySelector('[data-part="live"]');
        if (response.ok && fresh) element.querySelector('[data-part="live"]').replaceChildren(...fresh.childNodes);
      } catch {
        // The network is away; the next round tries again.
      }
    }
    setTimeout(refresh, seconds * 1000);
  }

  setTimeout(refresh, seconds * 1000);
}
