// A link to an operation or a shape of the reference opens it, also one that a search has left out or that was closed again.

function open() {
  if (!location.hash) return;
  const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (item instanceof HTMLDetailsElement) {
    item.open = true;
    item.scrollIntoView();
  } else if (!item && location.search) {
    location.replace(location.pathname + location.hash);
  }
}

addEventListener("hashchange", open);
document.addEventListener("click", (event) => {
  if (event.target.closest("a[href^='#']")?.hash === location.hash) open(); // the address stays, so that nothing else is said
});
open();
