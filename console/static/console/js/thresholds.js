// Handle, number and buttons of a threshold are one: whichever moves, the others follow. Only the number is sent.

const SMALL = 0.01;
const LARGE = 0.05;

function parts(row) {
  return { number: row.querySelector("input[type=number]"), handle: row.querySelector("[data-handle]"), line: row.querySelector("[data-draft-line]") };
}

function show(row, value) {
  const { number, handle, line } = parts(row);
  const low = Number(handle.dataset.low);
  const high = Number(handle.dataset.high);
  const kept = Math.min(Math.max(value, low), high);
  number.value = String(Number(kept.toFixed(4)));
  handle.value = number.value;
  line.setAttribute("d", `M${Math.round(kept * 10000)} 0V100`);
}

function changed(row) {
  parts(row).number.dispatchEvent(new Event("change", { bubbles: true }));
}

function step(row, by) {
  show(row, Number(parts(row).number.value) + by);
  changed(row);
}

function keyed(event, row) {
  const towards = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  const typing = event.target.type === "number" && ["ArrowLeft", "ArrowRight"].includes(event.key) && !event.shiftKey;
  if (!towards || typing || event.altKey || event.ctrlKey || event.metaKey) {
    return;
  }
  event.preventDefault();
  step(row, towards * (event.shiftKey ? LARGE : SMALL));
}

for (const row of document.querySelectorAll("[data-threshold]")) {
  const { number, handle, line } = parts(row);
  for (const control of row.querySelectorAll("[hidden]")) {
    control.hidden = false;
  }
  handle.addEventListener("input", () => show(row, Number(handle.value)));
  handle.addEventListener("change", (event) => {
    event.stopPropagation();
    changed(row);
  });
  number.addEventListener("input", () => {
    handle.value = number.value;
    line.setAttribute("d", `M${Math.round(Number(number.value) * 10000)} 0V100`);
  });
  row.addEventListener("keydown", (event) => keyed(event, row));
  for (const button of row.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(row, Number(button.dataset.step)));
  }
}

// Enter in a number computes, it does not save: what is sent to be kept is sent by its button.
document.querySelector("[data-draft]")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
