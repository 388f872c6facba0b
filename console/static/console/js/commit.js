// Commits a form with data-commit="page to show then". Where the server cannot be reached the answer stays in this browser, under the person and the
// review, and is sent again until it arrives, from whatever page: one attempt is one commit, however often it is sent.
// The next item can be asked for while the answer is under way: the page that shows it as committed goes on by itself, a failed commit does not.

const PREFIX = "unsaved:";
const FIRST_MS = 2000;
const LONGEST_MS = 60_000;
const UNDO_MS = 20_000;
const NEXT = "next-after";
const UNSAVED = "Not saved yet, will retry; safe to go on.";
const SIGNED_OUT = "You are signed out: sign in, your answer is kept.";
const DAY_MS = 24 * 60 * 60 * 1000;

const person = document.body.dataset.person ?? "";
let wait = FIRST_MS;
let timer = 0;

function keyOf(form) {
  return PREFIX + form.dataset.draft;
}

function keep(form) {
  const entries = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), action: form.getAttribute("action"), page: form.dataset.commit, entries }));
}

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

async function post(kept) {
  const body = new URLSearchParams(kept.entries.filter(([name]) => name !== "csrfmiddlewaretoken"));
  const headers = { "X-Commit": "1", "X-CSRFToken": token() };
  const answer = await fetch(kept.action, { method: "POST", body, headers, redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Error(SIGNED_OUT); // the server redirects nothing else that is sent this way
  if (answer.status >= 500 || answer.status === 0) throw new Error(`answer ${answer.status}`);
  return answer.status;
}

function say(value) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
}

function forget(key) {
  localStorage.removeItem(key);
  localStorage.removeItem(key.replace(PREFIX, "draft:"));
}

// Taken, but it can still be taken back: then the form is filled in again. The next page after that time removes it.
function arrived(key) {
  localStorage.removeItem(key);
  const draft = key.replace(PREFIX, "draft:");
  const kept = JSON.parse(localStorage.getItem(draft));
  if (kept) localStorage.setItem(draft, JSON.stringify({ ...kept, until: Date.now() + UNDO_MS }));
}

function unsaved(form, why) {
  const note = form.querySelector("[data-unsaved]");
  if (!note) return;
  note.lastElementChild.textContent = why;
  note.hidden = false;
}

function underWay(form, on) {
  const next = form.querySelector("[data-next-after]");
  if (next) next.hidden = !on;
  if (!on) sessionStorage.removeItem(NEXT);
}

async function commit(form) {
  keep(form);
  underWay(form, true);
  const field = document.activeElement;
  field?.blur(); // a key pressed now is meant for the page, not for the note that is on its way
  const control = document.querySelector("[data-command='label.commit']");
  control?.setAttribute("aria-disabled", "true");
  try {
    const status = await post(JSON.parse(localStorage.getItem(keyOf(form))));
    if (status === 204) {
      arrived(keyOf(form));
      location.assign(form.dataset.commit);
    } else {
      localStorage.removeItem(keyOf(form));
      underWay(form, false);
      form.submit(); // refused: the server's own page says why, and gives back what was entered
    }
  } catch (error) {
    const why = error.message === SIGNED_OUT ? SIGNED_OUT : UNSAVED;
    control?.removeAttribute("aria-disabled");
    underWay(form, false);
    field?.focus();
    unsaved(form, why);
    say(why);
    later();
  }
}

function waiting() {
  return Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}${person}:`));
}

async function again() {
  for (const key of waiting()) {
    const kept = JSON.parse(localStorage.getItem(key));
    if (Date.now() - kept.at > DAY_MS) {
      forget(key);
      continue;
    }
    try {
      settled(key, kept, await post(kept));
    } catch {
      wait = Math.min(wait * 2, LONGEST_MS);
      later();
      return;
    }
  }
  wait = FIRST_MS;
}

function settled(key, kept, status) {
  localStorage.removeItem(key);
  const name = key.split(":").pop();
  if (status === 204) {
    arrived(key);
    say(`Saved: the answer to ${name}.`);
    if (location.pathname === kept.page) location.assign(kept.page);
  } else {
    say(`The answer to ${name} was not taken (answer ${status}). What you entered is kept on its page.`);
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(again, wait);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-commit]");
  if (form) {
    event.preventDefault();
    if (document.querySelector("[data-command='label.commit']")?.getAttribute("aria-disabled") !== "true") commit(form);
  }
  if (event.target.matches("form[data-sign-out]")) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) || key.startsWith("draft:")) localStorage.removeItem(key);
  }
});
document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-next-after]")?.closest("form[data-commit]");
  if (!form) return;
  sessionStorage.setItem(NEXT, form.dataset.commit);
  say("The next item comes once this is saved.");
});
document.addEventListener("DOMContentLoaded", () => {
  const asked = sessionStorage.getItem(NEXT);
  sessionStorage.removeItem(NEXT);
  if (asked === location.pathname) document.querySelector("[data-command='label.next']")?.click();
});
window.addEventListener("online", again);
if (person && waiting().length) later();
