// The sheet of keys is made from the controls that are on the page; disabled ones stay listed, with the reason.

const SHORT = { "Shift+": "⇧" };

function row(control) {
  const item = document.createElement("li");
  item.className = "sheet-row";
  const label = document.createElement("span");
  const reason = control.dataset.reason ? `: ${control.dataset.reason}` : "";
  label.textContent = control.dataset.label + reason;
  if (control.getAttribute("aria-disabled") === "true") item.dataset.disabled = "";
  const keys = document.createElement("span");
  for (const key of control.dataset.keys.split("|")) {
    const hint = document.createElement("kbd");
    hint.dataset.modified = "";
    hint.textContent = key.replace("Shift+", SHORT["Shift+"]);
    keys.append(hint, " ");
  }
  item.append(label, keys);
  return item;
}

function group(title, controls) {
  const heading = document.createElement("h3");
  heading.textContent = title;
  const list = document.createElement("ul");
  list.className = "sheet-list";
  list.append(...controls.map(row));
  return [heading, list];
}

function fill(sheet) {
  const seen = new Set();
  const all = [...document.querySelectorAll("[data-keys][data-label]")].filter((control) => {
    const fresh = !seen.has(control.dataset.keys) && !control.closest("[hidden]");
    seen.add(control.dataset.keys);
    return fresh;
  });
  const everywhere = (control) => "go" in control.dataset || control.dataset.command?.startsWith("everywhere.");
  sheet.querySelectorAll("h3, ul").forEach((old) => old.remove());
  const here = all.filter((control) => !everywhere(control));
  if (here.length) sheet.append(...group("On this page", here));
  sheet.append(...group("Everywhere", all.filter(everywhere)));
}

document.addEventListener("dialog-opened", (event) => {
  const sheet = event.target.querySelector("[data-keysheet]");
  if (sheet) fill(sheet);
});
