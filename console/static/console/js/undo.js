// Counts down while an answer can be taken back; then the offer goes away.

function tick(form, until) {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  form.querySelector("[data-undo-left]").textContent = left;
  if (left > 0) setTimeout(tick, 250, form, until);
  else form.remove();
}

function start(form) {
  form.dataset.started = "";
  tick(form, Date.now() + Number(form.dataset.undo) * 1000);
}

function startAll() {
  document.querySelectorAll("[data-undo]:not([data-started])").forEach(start);
}

document.addEventListener("htmx:load", startAll);
startAll();
