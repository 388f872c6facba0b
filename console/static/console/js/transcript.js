// Reading a transcript: the focus walks from turn to turn; pointing at evidence lights up its turns, and a turn in focus the checks that rest on it.

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
  "ending.scores": showScores,
  "ending.end": () => {
    const end = document.getElementById("end");
    end?.focus({ preventScroll: true });
    end?.scrollIntoView({ block: "center" });
  },
};

// What rests on a turn is told by its number, so that text and checks can stand in different panes.
function restsOn(turn) {
  return turn ? document.querySelectorAll(`[data-rests-on~="${CSS.escape(turn.dataset.turn)}"]`) : [];
}

function lightChecks() {
  const turn = document.activeElement?.closest("[data-turn]");
  if (!turn) return;
  document.querySelectorAll("[data-rests-on][data-lit]").forEach((check) => check.removeAttribute("data-lit"));
  restsOn(turn).forEach((check, place) => {
    check.toggleAttribute("data-lit", true);
    if (!place) showInPane(check);
  });
}

// Only the pane moves: the page stays where the reader is.
function showInPane(row) {
  const pane = row.closest(".pane-side");
  if (!pane || pane.scrollHeight <= pane.clientHeight) return;
  const [inner, outer] = [row.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) pane.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

// The scores of all turns stand in one table; its row for the turn one reads is lit and shown.
function showScores() {
  const row = here() && document.querySelector(`[data-scores-of="${CSS.escape(here().dataset.turn)}"]`);
  document.querySelectorAll("[data-scores-of][data-lit]").forEach((other) => other.removeAttribute("data-lit"));
  if (!row) return;
  row.toggleAttribute("data-lit", true);
  setTimeout(() => showInPane(row)); // the click opens the table after this
}

function light(control, on) {
  for (const number of control.dataset.turns.split(" ")) {
    const turn = document.querySelector(`[data-turn="${CSS.escape(number)}"]`);
    if (turn) turn.toggleAttribute("data-lit", on);
  }
}

document.addEventListener("focusin", here);
document.addEventListener("focusin", lightChecks);
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
