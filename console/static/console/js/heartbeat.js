// Extends a claim while the page is in use, warns three minutes before it lapses, and says when it has. During a break it rests.
// Any answer but an error or a redirect, which is to the sign-in, means the full time, data-minutes. The form is looked for each time, since the next item comes without a page.

const EVERY_MS = 5 * 60 * 1000;
const WARN_MS = 3 * 60 * 1000;
const LOOK_MS = 1000;

let used = true;

function claim() {
  return document.querySelector("form[data-heartbeat]:not([data-over])");
}

function resting() {
  return document.querySelector("[data-break]")?.open ?? false;
}

function say(value) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
}

async function extend(form) {
  used = false;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Heartbeat": "1" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") throw new Error("you are signed out: sign in");
    if (answer.status === 409 || answer.status === 403) lapse(form);
    else if (answer.status >= 400) throw new Error(`answer ${answer.status}`);
    else renew(form);
  } catch (error) {
    say(`The claim was not extended (${error.message}). Your draft is kept.`);
  }
}

function renew(form) {
  form.dataset.expires = new Date(Date.now() + Number(form.dataset.minutes) * 60_000).toISOString();
  form.querySelector("[data-claim-warning]").hidden = true;
  const time = form.querySelector("[data-claim-until]");
  time.dateTime = form.dataset.expires;
  time.textContent = `${form.dataset.expires.slice(11, 16)} UTC`;
}

function warn(form) {
  form.querySelector("[data-claim-warning]").hidden = false;
  const key = document.querySelector("[data-command='label.extend']")?.dataset.keys.split("|")[0];
  say(`Your claim lapses in less than three minutes. Extend keeps it${key ? `: ${key}` : ""}.`);
}

function lapse(form) {
  form.dataset.over = "";
  form.querySelector("[data-claim-warning]").hidden = true;
  form.closest("[data-claim]").querySelector("[data-claim-lapsed]").hidden = false;
  say("Your claim has lapsed. What you entered is kept in this browser.");
}

function look() {
  const form = claim();
  if (!form || resting()) return;
  const left = new Date(form.dataset.expires) - Date.now();
  if (left < WARN_MS && form.querySelector("[data-claim-warning]").hidden) warn(form);
}

for (const event of ["keydown", "pointerdown", "scroll"]) document.addEventListener(event, () => (used = true), { passive: true });
setInterval(() => used && !resting() && claim() && extend(claim()), EVERY_MS);
setInterval(look, LOOK_MS);
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-heartbeat]")) return;
  event.preventDefault();
  extend(event.target);
});
document.addEventListener("break-ended", ({ detail }) => {
  const form = claim();
  if (form && detail.held.some((id) => form.action.includes(id))) renew(form);
  else if (form) lapse(form);
});
