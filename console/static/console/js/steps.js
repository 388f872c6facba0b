// A form with data-steps can show its data-step parts one at a time; the choice is kept in this browser. A part that takes the focus, or whose key is
// pressed, is shown, so every key works in both ways.

const KEPT = "one-at-a-time";

let form, parts, moves, toggle;
let at = 0;

function draw() {
  const on = localStorage.getItem(KEPT) === "on";
  parts.forEach((part, place) => part.toggleAttribute("data-step-off", on && place !== at));
  moves.hidden = !on;
  form.querySelector("[data-step-name]").textContent = on ? `${at + 1} of ${parts.length}: ${parts[at].dataset.step}` : "";
  toggle.setAttribute("aria-pressed", String(on));
}

function go(place) {
  if (place < 0 || place >= parts.length || place === at) return;
  at = place;
  draw();
}

function show(event) {
  const part = event.target.closest?.("[data-step]");
  if (part?.hasAttribute("data-step-off")) go(parts.indexOf(part));
}

function press(event) {
  const control = event.target.closest("[data-steps-go]");
  if (!control) return;
  if (control === toggle) {
    localStorage.setItem(KEPT, localStorage.getItem(KEPT) === "on" ? "off" : "on");
    draw();
  } else {
    go(at + Number(control.dataset.stepsGo));
    parts[at].querySelector("input, select, textarea, button")?.focus();
  }
}

function start() {
  const found = document.querySelector("form[data-steps]");
  if (!found || found === form) return;
  form = found;
  parts = [...form.querySelectorAll("[data-step]")];
  moves = form.querySelector("[data-step-moves]");
  toggle = form.querySelector("[data-steps-go=toggle]");
  at = Math.max(0, parts.findIndex((part) => part.querySelector(".errorlist")));
  draw();
  form.addEventListener("focusin", show);
  form.addEventListener("input", show);
  form.addEventListener("click", press);
}

document.addEventListener("htmx:load", start); // the next item comes without a page
start();
