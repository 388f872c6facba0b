// A menu is a <details>; it closes on Escape and on a click elsewhere.

function close(menu) {
  menu.open = false;
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) close(menu);
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("[data-menu][open]");
  if (event.key !== "Escape" || !menu) return;
  close(menu);
  menu.querySelector("summary").focus();
});
