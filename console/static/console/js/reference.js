// A link to an operation or a shape of the reference opens it.

function open() {
  const item = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (item instanceof HTMLDetailsElement) {
    item.open = true;
    item.scrollIntoView();
  }
}

addEventListener("hashchange", open);
open();
