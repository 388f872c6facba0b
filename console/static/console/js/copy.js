// A control with data-copy puts that text on the clipboard.

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return `Copied ${text}`;
  } catch {
    return `Copying is not allowed here: ${text}`;
  }
}

document.addEventListener("click", async (event) => {
  const control = event.target.closest("[data-copy]");
  if (!control) return;
  const value = await copy(control.dataset.copy);
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
});
