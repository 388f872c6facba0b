// Keeps what is typed into a form with data-draft="key" in this browser until a page says, by data-draft-saved="key", that it is saved.

const PREFIX = "draft:";
const OWN = new Set(["csrfmiddlewaretoken", "password", "next"]);

function entries(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OWN.has(name));
}

function keep(form) {
  localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(entries(form)));
}

function fill(form, name, value) {
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
    else field.value = value;
  }
}

function restore(form) {
  const kept = localStorage.getItem(PREFIX + form.dataset.draft);
  if (!kept) return;
  for (const [name, value] of JSON.parse(kept)) fill(form, name, value);
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = false;
}

for (const saved of document.querySelectorAll("[data-draft-saved]")) localStorage.removeItem(PREFIX + saved.dataset.draftSaved);
document.querySelectorAll("form[data-draft]").forEach(restore);
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keep(form);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keep(form);
});
