// One handler for every key. A command is a control with data-keys; running it is a click, a text control takes the focus instead.
// It compares the character produced, digits with Shift by physical key, and treats AltGraph as unmodified.

const SEQUENCE_MS = 1200;
const IN_FIELDS = new Set(["Ctrl+Enter", "Escape"]);
const MAC = /^Mac/.test(navigator.platform);
const NATIVE_ENTER = "a, button, summary, input, select, textarea";

let pending = "";
let pendingUntil = 0;

function mode() {
  return document.documentElement.dataset.singleKeys ?? "on";
}

function inField(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])");
}

// Alt only helped to type the character: AltGraph, or Option on a Mac where brackets and braces need it.
function typedWithAlt(event) {
  return event.getModifierState("AltGraph") || (MAC && event.altKey && mode() !== "alt" && /^[[\]{}|@\\]$/.test(event.key));
}

// Option on a Mac makes other characters of letters; behind Alt the key counts by its place.
function character(event) {
  const letter = mode() === "alt" && event.altKey && !/^[ -~]+$/.test(event.key) && /^Key([A-Z])$/.exec(event.code)?.[1];
  if (!letter) return event.key;
  return event.shiftKey ? letter : letter.toLowerCase();
}

function spellings(event) {
  const graph = typedWithAlt(event);
  const ctrl = !graph && (event.ctrlKey || event.metaKey);
  const alt = !graph && event.altKey && mode() !== "alt";
  const prefix = (ctrl ? "Ctrl+" : "") + (alt ? "Alt+" : "");
  const key = prefix ? event.key.replace(/^[a-z]$/, (letter) => letter.toUpperCase()) : character(event);
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const found = digit && event.shiftKey ? [`${prefix}Shift+${digit}`] : [prefix + key];
  if (digit && !/^\d$/.test(key)) found.push(prefix + (event.shiftKey ? key : digit)); // where digits need Shift, the bare key counts as one
  if (event.shiftKey && /^[A-Z]$/.test(key)) found.push(`${prefix}Shift+${key}`);
  return found;
}

function allowed(event, found) {
  if (inField(event.target)) return IN_FIELDS.has(found[0]);
  if (event.key === "Enter" && found[0] === "Enter") return !event.target.closest(NATIVE_ENTER);
  if (found[0].startsWith("Ctrl+")) return true;
  const begun = pending !== "" && event.timeStamp < pendingUntil;
  return mode() === "on" || (mode() === "alt" && (begun || (event.altKey && !typedWithAlt(event))));
}

function controls() {
  const open = [...document.querySelectorAll("dialog:modal")].pop();
  return [...(open ?? document).querySelectorAll("[data-keys]")].filter((control) => !control.closest("[hidden]"));
}

function keysOf(control) {
  return control.dataset.keys.split("|");
}

function run(control, event) {
  if (control.disabled || control.getAttribute("aria-disabled") === "true") {
    announce(control.dataset.reason ?? `${control.dataset.label} is not possible now`);
  } else if (!(event.repeat && "writes" in control.dataset)) {
    activate(control);
  }
}

function activate(control) {
  if (control.matches("textarea, select, input:not([type=checkbox]):not([type=radio])")) {
    control.focus();
    control.select?.();
  } else {
    control.click();
  }
}

function announce(text) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value: text } }));
}

function handle(event) {
  if (event.isComposing || event.defaultPrevented || ["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
  const found = spellings(event);
  if (!allowed(event, found)) return;
  const started = event.timeStamp < pendingUntil ? pending : "";
  pending = "";
  const wanted = started ? found.map((key) => `${started} ${key}`) : found;
  const all = controls();
  const control = all.find((one) => keysOf(one).some((keys) => wanted.includes(keys)));
  if (control) {
    event.preventDefault();
    run(control, event);
  } else if (all.some((one) => keysOf(one).some((keys) => keys.startsWith(`${found[0]} `)))) {
    pending = found[0];
    pendingUntil = event.timeStamp + SEQUENCE_MS;
  }
}

// A control that is disabled with a reason stays focusable; nothing may come of clicking it.
function refuse(event) {
  const control = event.target.closest("[aria-disabled=true]");
  if (!control) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  announce(control.dataset.reason ?? "Not possible now");
}

document.addEventListener("keydown", handle);
document.addEventListener("click", refuse, true);
