// Single keys on, off or behind Alt: when the switch in the head of the page was pressed, everything drawn before follows.

function shortcuts(control, mode) {
  const keys = control.dataset.keys.split("|").map((key) => (/^[A-Z]$/.test(key) ? `Shift+${key}` : key));
  const modified = keys.filter((key) => key.startsWith("Ctrl+")).map((key) => key.replace("Ctrl+", "Control+"));
  const single = keys.filter((key) => !key.includes(" ") && !key.startsWith("Ctrl+"));
  return mode === "off" ? modified : [...modified, ...single.map((key) => (mode === "alt" ? `Alt+${key}` : key))];
}

document.addEventListener("key-mode", (event) => {
  const mode = event.detail.value;
  document.documentElement.dataset.singleKeys = mode;
  for (const control of document.querySelectorAll("[data-keys]")) {
    const spoken = shortcuts(control, mode).join(" ");
    if (spoken) control.setAttribute("aria-keyshortcuts", spoken);
    else control.removeAttribute("aria-keyshortcuts");
  }
});
