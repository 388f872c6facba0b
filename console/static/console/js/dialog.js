// A control with data-dialog opens the native dialog of that name, which then hears "dialog-opened". The first field has the focus: the
// browser would give it to the button that closes, and the first space of what is typed would press that.

const FIELDS = "textarea, select, input:not([type=hidden])";

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-dialog]");
  if (!control) return;
  const dialog = document.querySelector(`[data-dialog-name="${CSS.escape(control.dataset.dialog)}"]`);
  if (!dialog || dialog.open) return;
  event.preventDefault();
  dialog.showModal();
  dialog.querySelector(FIELDS)?.focus();
  dialog.dispatchEvent(new CustomEvent("dialog-opened", { bubbles: true }));
});
