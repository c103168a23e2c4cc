// What every page can do: "/" goes to the search box, menus close, forms are sent once.

/** Close every open menu and question except the one that holds `inside`. */
function closeMenus(document, inside = null) {
  for (const open of document.querySelectorAll("details.menu[open], details.confirm[open]")) {
    if (!open.contains(inside)) open.open = false;
  }
}

function onKey(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable='true']");
  if (event.key === "Escape") {
    const open = event.target.closest?.("details[open]");
    closeMenus(document);
    open?.querySelector("summary")?.focus();
  }
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = [...document.querySelectorAll("[data-search-box]")].find((item) => item.offsetParent);
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

function onClick(event) {
  closeMenus(document, event.target);
  const closer = event.target.closest?.("[data-close]");
  if (!closer) return;
  const holder = closer.closest("details, dialog, .flash");
  if (holder?.matches(".flash")) holder.remove();
  else if (holder) holder.open = false;
  holder?.querySelector?.("summary")?.focus();
}

/** A second click on a button that has already sent its form does nothing. */
function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.many !== undefined) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  if (form.target) return;
  form.dataset.sent = "";
  form.setAttribute("aria-busy", "true");
  (event.submitter ?? form.querySelector("button[type=submit], button:not([type])"))?.classList.add("is-busy");
}

/** A page that comes back from the browser's memory can be sent again. */
function onShow() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    form.querySelectorAll(".is-busy").forEach((button) => button.classList.remove("is-busy"));
  }
}

/** Send a form when one of its choices changes: <form data-autosubmit>. */
function onChange(event) {
  const form = event.target.form;
  if (form?.dataset.autosubmit !== undefined) form.requestSubmit();
}

/** An opened question takes the keyboard, at its harmless answer. */
function onToggle(event) {
  if (event.target.matches?.("details.confirm[open]")) event.target.querySelector("[data-close]")?.focus();
}

export function startShell(document) {
  document.documentElement.classList.add("has-script");
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", onChange);
  document.addEventListener("toggle", onToggle, true);
  window.addEventListener("pageshow", onShow);
}
