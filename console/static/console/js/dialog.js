// A control with data-dialog opens the native dialog of that name, which then hears "dialog-opened".

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-dialog]");
  if (!control) return;
  const dialog = document.querySelector(`[data-dialog-name="${CSS.escape(control.dataset.dialog)}"]`);
  if (!dialog || dialog.open) return;
  event.preventDefault();
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("dialog-opened", { bubbles: true }));
});
