// Moving in a list is moving the focus between the links of its rows, so that Enter is the browser's own.

function rows() {
  return [...document.querySelectorAll("[data-list] [data-row]")].filter((row) => row.querySelector("[data-open]"));
}

let current = null;

function here() {
  const row = document.activeElement?.closest("[data-row]");
  if (row) current = row;
  return current?.isConnected ? current : null;
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(here());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  current = next;
  next.querySelector("[data-open]").focus();
  next.scrollIntoView({ block: "nearest" });
}

function openTab() {
  const link = here()?.querySelector("[data-open]");
  if (link) window.open(link.href, "_blank", "noopener");
}

function focusFirst(selector) {
  document.querySelector(selector)?.focus();
}

const actions = {
  "list.next": () => move(1),
  "list.previous": () => move(-1),
  "list.open": () => (here() ?? rows()[0])?.querySelector("[data-open]").click(),
  "list.open_tab": openTab,
  "list.select": () => here()?.querySelector("[data-select]")?.click(),
  "list.sort": () => focusFirst("[data-list] [data-sort]"),
  "list.filter": () => focusFirst("[data-filters] :is(select, input)"),
};

function count() {
  const chosen = document.querySelectorAll("[data-list] [data-select]:checked").length;
  for (const bar of document.querySelectorAll("[data-selection-bar]")) {
    bar.hidden = chosen === 0;
    bar.querySelector("[data-selection-count]").textContent = chosen;
  }
}

function clear() {
  for (const box of document.querySelectorAll("[data-list] [data-select]:checked")) box.checked = false;
  count();
  here()?.querySelector("[data-open]")?.focus(); // the bar has gone, and the focus with it
}

document.addEventListener("focusin", here);
document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-command^='list.']");
  if (control) actions[control.dataset.command]?.();
  if (event.target.closest("[data-selection-bar] [data-clear]")) clear();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select]")) count();
});
