// The label form: data-mark="name" writes the current turn into the field of that name, data-set writes values, data-attach adds the current turn
// to the evidence of a check (of the row one was in last: "here"), data-tick ticks boxes along with it.

const FIRST = { yes: "warned", requested: "request_confirmed" };

let turn = null;
let row = null;

document.addEventListener("focusin", (event) => {
  turn = event.target.closest("[data-turn]")?.dataset.turn ?? turn;
  row = event.target.closest("[data-asked]")?.dataset.asked ?? row;
});
document.addEventListener("htmx:load", ({ target }) => {
  if (target.id === "main") turn = row = null; // another transcript has come
});
document.addEventListener("change", (event) => {
  if (event.target.name === "answer") row = FIRST[event.target.value] ?? row;
});

function say(value) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
}

function form() {
  return document.querySelector("[data-marking]");
}

function changed(field) {
  (field.dispatchEvent ? field : form()).dispatchEvent(new Event("input", { bubbles: true })); // a group of radios is no element
}

function write(name, value) {
  const field = form()?.elements[name];
  if (!field) return;
  field.value = value;
  changed(field);
}

function attach(check, control) {
  const name = check === "here" ? (row ?? FIRST[form().elements.answer.value] ?? "persistent_harm") : check;
  const field = form().elements[`turns_${name}`];
  const turns = new Set(field.value.split(/[\s,;]+/).filter(Boolean));
  if (turns.has(turn) && !control.dataset.tick) turns.delete(turn); // a second press takes it away, but not the warning
  else turns.add(turn);
  field.value = [...turns].map(Number).sort((a, b) => a - b).join(", ");
  changed(field);
  for (const box of control.dataset.tick?.split(" ") ?? []) form().elements[box].checked = turns.size > 0;
  row = name;
  say(`${field.getAttribute("aria-label")}: ${field.value || "none"}`);
}

function mark(control) {
  if ((control.dataset.mark || control.dataset.attach) && turn === null) {
    const [next, previous] = ["next", "previous"].map((way) => document.querySelector(`[data-command='transcript.${way}']`)?.dataset.keys.split("|")[0]);
    say(`Go to a turn first: ${next} and ${previous} move.`);
    return;
  }
  if (control.dataset.mark) write(control.dataset.mark, turn);
  if (control.dataset.attach) attach(control.dataset.attach, control);
  for (const pair of control.dataset.set?.split(" ") ?? []) write(...pair.split("="));
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-mark], [data-set], [data-attach]");
  if (control && form()) mark(control);
  if (event.target.closest("[data-command='label.checks']")) form()?.querySelector("[data-asked] input")?.focus();
});
