// Keeps what is typed into a form with data-draft="key" in this browser, for a day at most, until a page says by data-draft-saved="key" that it is saved.
// A commit leaves it for as long as it can be undone (commit.js).

const PREFIX = "draft:";
const DAY_MS = 24 * 60 * 60 * 1000;
const OWN = new Set(["csrfmiddlewaretoken", "password", "next", "attempt"]);

function entries(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OWN.has(name));
}

function keep(form) {
  localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ until: Date.now() + DAY_MS, entries: entries(form) }));
}

function read(key) {
  const kept = JSON.parse(localStorage.getItem(key));
  if (kept && Date.now() < kept.until) return kept.entries;
  localStorage.removeItem(key);
  return null;
}

function fill(form, name, value) {
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
    else field.value = value;
  }
}

function restore(form) {
  const kept = read(PREFIX + form.dataset.draft);
  if (!kept) return;
  for (const [name, value] of kept) fill(form, name, value);
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = false;
}

function forget() {
  for (const saved of document.querySelectorAll("[data-draft-saved]")) localStorage.removeItem(PREFIX + saved.dataset.draftSaved);
}

for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) read(key);
forget();
document.querySelectorAll("form[data-draft]").forEach(restore);
document.addEventListener("htmx:load", ({ target }) => {
  target.querySelectorAll("form[data-draft]").forEach(restore);
  forget();
});
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) keep(form);
  });
}
