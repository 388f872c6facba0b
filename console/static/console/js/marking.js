// In the label form a control with data-mark="name" writes the current turn into the field of that name; data-set writes a value.

let turn = null;

document.addEventListener("focusin", (event) => {
  turn = event.target.closest("[data-turn]")?.dataset.turn ?? turn;
});

function write(name, value) {
  const form = document.querySelector("[data-marking]");
  const field = form?.elements[name];
  if (!field) return;
  field.value = value;
  (field.dispatchEvent ? field : form).dispatchEvent(new Event("input", { bubbles: true })); // a group of radios is no element
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-mark], [data-set]");
  if (!control) return;
  if (control.dataset.mark && turn === null) {
    document.dispatchEvent(new CustomEvent("announce", { detail: { value: "Go to a turn first: J and K move." } }));
    return;
  }
  if (control.dataset.mark) write(control.dataset.mark, turn);
  for (const pair of control.dataset.set?.split(" ") ?? []) write(...pair.split("="));
});
