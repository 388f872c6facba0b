// Extends a claim while the page is in use, and warns three minutes before it lapses. Any answer but an error means the full time, data-minutes.

const EVERY_MS = 5 * 60 * 1000;
const WARN_MS = 3 * 60 * 1000;
const LOOK_MS = 15 * 1000;

let used = true;
let warned = false;

function say(value) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
}

async function extend(form) {
  used = false;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Heartbeat": "1" }, redirect: "manual" });
    if (answer.status >= 400) throw new Error(`answer ${answer.status}`);
    show(form, new Date(Date.now() + Number(form.dataset.minutes) * 60_000));
  } catch (error) {
    say(`The claim was not extended (${error.message}). Your draft is kept.`);
  }
}

function show(form, expires) {
  form.dataset.expires = expires.toISOString();
  warned = false;
  const time = form.querySelector("[data-claim-until]");
  time.dateTime = form.dataset.expires;
  time.textContent = `${form.dataset.expires.slice(11, 16)} UTC`;
}

function look(form) {
  const left = new Date(form.dataset.expires) - Date.now();
  if (left > 0 && left < WARN_MS && !warned) {
    warned = true;
    say("Your claim lapses in three minutes. Extend keeps it.");
  }
}

const form = document.querySelector("form[data-heartbeat]");
if (form) {
  for (const event of ["keydown", "pointerdown", "scroll"]) document.addEventListener(event, () => (used = true), { passive: true });
  setInterval(() => used && extend(form), EVERY_MS);
  setInterval(look, LOOK_MS, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    extend(form);
  });
}
