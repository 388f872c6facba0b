// The one polite live region. Anything may say something by an "announce" event; htmx makes one from an HX-Trigger header.

const SHOWN_MS = 6000;
let clear = 0;

document.addEventListener("announce", (event) => {
  const region = document.querySelector("[data-live]");
  region.textContent = event.detail.value;
  clearTimeout(clear);
  clear = setTimeout(() => {
    region.textContent = "";
  }, SHOWN_MS);
});
document.addEventListener("htmx:sendError", ({ target }) => {
  if (target.matches("[data-presence]")) return; // it says so itself, and asks again
  document.dispatchEvent(new CustomEvent("announce", { detail: { value: "The server cannot be reached. What you see is kept." } }));
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.target.matches("[data-presence]")) return;
  const value = `That failed with answer ${event.detail.xhr.status}. What you see is kept.`;
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
});
