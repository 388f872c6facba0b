// The palette goes to pages, runs the page's commands, and hands a pasted id, hash or address to the search.
// What cannot be done here stays listed with the reason: disabled controls, and the commands of other kinds of page.

const LIMIT = 14;
const PASTED = /^(?:[a-z]-[0-9a-z]{1,12}|\d+|[0-9a-f]{8,64}|.*\b(?:sha256|leaf)\W+[0-9a-f]{8,64}\b.*)$/i;

let elsewhere = null;

// How well a text fits what is wanted: 0 for not at all, more for whole words and runs, least for scattered letters.
export function fit(label, wanted) {
  const text = label.toLowerCase();
  if (!wanted) return 1;
  if (text.startsWith(wanted)) return 4;
  if (text.includes(` ${wanted}`)) return 3;
  if (text.includes(wanted)) return 2;
  let at = -1;
  for (const letter of wanted.replace(/\s+/g, "")) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return 0;
  }
  return 1 - at / 1000;
}

function here() {
  const known = new Map();
  for (const control of document.querySelectorAll("[data-label][data-go], [data-label][data-command]")) {
    const id = control.dataset.command ?? control.dataset.label;
    if (control.closest("dialog, [hidden]") || known.has(id)) continue;
    const disabled = control.disabled || control.getAttribute("aria-disabled") === "true";
    const reason = disabled ? (control.dataset.reason ?? "not possible now") : "";
    known.set(id, { id, label: control.dataset.label, keys: control.dataset.keys ?? "", reason, run: () => activate(control) });
  }
  return known;
}

function activate(control) {
  if (control.matches("input:not([type=checkbox]):not([type=radio]), select, textarea")) control.focus();
  else control.click();
}

function candidates(text) {
  const wanted = text.trim().toLowerCase();
  const known = here();
  const labels = new Set([...known.values()].map((one) => one.label));
  const others = (wanted && elsewhere) || [];
  const absent = others.filter((one) => !known.has(one.id) && !labels.has(one.label));
  const all = [...known.values(), ...absent].map((one) => ({ one, score: fit(one.label, wanted) - (one.reason ? 0.5 : 0) }));
  const found = all.filter(({ one, score }) => score > (one.reason ? -0.5 : 0)).sort((a, b) => b.score - a.score);
  return found.slice(0, LIMIT).map(({ one }) => one);
}

function address(text) {
  try {
    return /^https?:/i.test(text) ? new URL(text) : null;
  } catch {
    return null;
  }
}

// What was pasted comes first, so that an id never runs a command whose letters it happens to hold.
function offers(form, text) {
  const pasted = address(text);
  if (pasted) {
    const ours = pasted.origin === location.origin;
    const run = () => location.assign(pasted.pathname + pasted.search + pasted.hash);
    return [{ label: `Go to ${pasted.pathname}`, keys: "", reason: ours ? "" : `${pasted.host} is another place`, run }];
  }
  const search = { label: `Find “${text}”`, keys: "", reason: "", run: () => form.submit() };
  if (PASTED.test(text)) return [search, ...candidates(text)];
  return text ? [...candidates(text), search] : candidates(text);
}

function option(one, place) {
  const item = document.createElement("li");
  item.id = `palette-${place}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", String(place === 0));
  if (one.reason) item.setAttribute("aria-disabled", "true");
  const name = document.createElement("span");
  name.textContent = one.label + (one.reason ? `: ${one.reason}` : "");
  item.append(name);
  if (one.keys) {
    const hint = document.createElement("kbd");
    hint.textContent = one.keys.split("|")[0];
    if (hint.textContent.startsWith("Ctrl+")) hint.dataset.modified = "";
    item.append(hint);
  }
  item.addEventListener("click", () => choose(item, one));
  return item;
}

function choose(item, one) {
  if (one.reason) {
    document.dispatchEvent(new CustomEvent("announce", { detail: { value: `${one.label}: ${one.reason}` } }));
    return;
  }
  item.closest("dialog").close();
  one.run();
}

function fill(form) {
  const input = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  list.replaceChildren(...offers(form, input.value.trim()).map(option));
  if (list.firstElementChild) input.setAttribute("aria-activedescendant", list.firstElementChild.id);
  else input.removeAttribute("aria-activedescendant");
}

function move(form, step) {
  const options = [...form.querySelectorAll("[role=option]")];
  if (!options.length) return;
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = (at + step + options.length) % options.length;
  options.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
  options[next].scrollIntoView({ block: "nearest" });
  form.querySelector("input").setAttribute("aria-activedescendant", options[next].id);
}

// The commands of other pages come from the registry, once; without them the palette offers what is here.
async function learn(form) {
  if (elsewhere !== null) return;
  elsewhere = [];
  const answer = await fetch(form.dataset.palette, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const { commands } = await answer.json();
  elsewhere = commands.map((one) => ({ ...one, keys: one.keys.join("|"), reason: `not on this page (${one.scope})` }));
  fill(form);
}

document.addEventListener("dialog-opened", (event) => {
  const form = event.target.querySelector("[data-palette]");
  if (!form) return;
  form.reset();
  fill(form);
  learn(form);
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-palette]");
  if (form) fill(form);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-palette]");
  if (!form || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  move(form, event.key === "ArrowDown" ? 1 : -1);
});
document.addEventListener("submit", (event) => {
  const selected = event.target.matches("[data-palette]") && event.target.querySelector("[role=option][aria-selected=true]");
  if (!selected) return;
  event.preventDefault();
  selected.click();
});
