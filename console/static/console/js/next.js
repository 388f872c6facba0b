// The next item comes into the page by one round trip; the focus goes to it, so that keys and screen readers are there too.

// htmx would tell each element of the page that goes that it goes, which takes longer than to draw the one that comes.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.shouldSwap && detail.target.id === "main" && detail.requestConfig.elt.matches("[data-next]")) detail.target.replaceChildren();
});

document.addEventListener("htmx:load", ({ target }) => {
  if (target.id === "main") target.focus({ preventScroll: true });
});
