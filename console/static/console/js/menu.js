// A menu is a <details>; it closes on Escape, on a click elsewhere, and when the focus goes elsewhere.

function close(menu) {
  menu.open = false;
}

function closeOthers(event) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) close(menu);
  }
}

document.addEventListener("click", closeOthers);
document.addEventListener("focusin", closeOthers);
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("[data-menu][open]");
  if (event.key !== "Escape" || !menu) return;
  close(menu);
  menu.querySelector("summary").focus();
});
