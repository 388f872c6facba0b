// Reading a transcript: the focus walks from turn to turn; pointing at evidence lights up its turns.

function turns() {
  return [...document.querySelectorAll("[data-transcript] [data-turn]")];
}

let current = null;

function here() {
  const turn = document.activeElement?.closest("[data-turn]");
  if (turn) current = turn;
  return current?.isConnected ? current : null;
}

function go(turn) {
  if (!turn) return;
  current = turn;
  turn.focus({ preventScroll: true });
  turn.scrollIntoView({ block: "nearest" });
}

function step(all, direction) {
  if (!all.length) return;
  const order = turns();
  const at = order.indexOf(here());
  const ahead = direction > 0 ? all : [...all].reverse();
  go(ahead.find((turn) => (order.indexOf(turn) - at) * direction > 0) ?? (at < 0 ? ahead[0] : null));
}

function evidence() {
  return turns().filter((turn) => "evidence" in turn.dataset);
}

function fold() {
  const box = (here() ?? document).querySelector("[data-fold]");
  if (box) box.open = !box.open;
}

const actions = {
  "transcript.next": () => step(turns(), 1),
  "transcript.previous": () => step(turns(), -1),
  "transcript.next_evidence": () => step(evidence(), 1),
  "transcript.previous_evidence": () => step(evidence(), -1),
  "transcript.fold": fold,
  "ending.end": () => {
    const end = document.getElementById("end");
    end?.focus({ preventScroll: true });
    end?.scrollIntoView({ block: "center" });
  },
};

function light(control, on) {
  for (const number of control.dataset.turns.split(" ")) {
    const turn = document.querySelector(`[data-turn="${CSS.escape(number)}"]`);
    if (turn) turn.toggleAttribute("data-lit", on);
  }
}

document.addEventListener("focusin", here);
document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-command]");
  if (control) actions[control.dataset.command]?.();
  const link = event.target.closest("a[data-turns]");
  if (link) current = document.querySelector(`[data-turn="${CSS.escape(link.dataset.turns.split(" ")[0])}"]`);
});
for (const [event, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(event, ({ target }) => {
    const control = target.closest?.("[data-turns]");
    if (control) light(control, on);
  });
}
