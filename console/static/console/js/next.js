// The next item comes into the page by one round trip; the focus goes to it, so that keys and screen readers are there too.

document.addEventListener("htmx:load", ({ target }) => {
  if (target.id === "main") target.focus({ preventScroll: true });
});
