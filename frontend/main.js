// Starts what every page shares, and loads modules/<name>.js for each element with data-module="name".
import { startShell } from "./lib/shell.js";

const PAUSES_MS = [1000, 3000, 9000];

/** The module, asked for again when the network was away just then. */
async function load(name, tries = 0) {
  try {
    return await import(`./modules/${name}.js`);
  } catch (error) {
    if (tries >= PAUSES_MS.length) throw error;
    await new Promise((wake) => {
      setTimeout(wake, PAUSES_MS[tries]);
      window.addEventListener("online", wake, { once: true });
    });
    return load(name, tries + 1);
  }
}

async function mountModule(element) {
  for (const name of element.dataset.module.split(/\s+/)) {
    try {
      const module = await load(name);
      await module.mount(element);
      element.dispatchEvent(new CustomEvent("module:mounted", { bubbles: true, detail: { name } }));
    } catch (error) {
      console.error(`The module ${name} could not be started.`, error);
    }
  }
}

/** Mount the modules of `root`; pages that swap fragments call it through the event "fragment:added". */
function mountAll(root) {
  for (const element of root.querySelectorAll("[data-module]:not([data-mounted])")) {
    element.dataset.mounted = "";
    mountModule(element);
  }
}

startShell(document);
mountAll(document);
document.addEventListener("fragment:added", (event) => mountAll(event.target));
