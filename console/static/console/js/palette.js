// The palette goes to pages, runs the page's commands, and hands a pasted id, address or hash to the search.

const LIMIT = 12;

function candidates(text) {
  const wanted = text.trim().toLowerCase();
  return [...document.querySelectorAll("[data-label][data-go], [data-label][data-command]")]
    .filter((control) => control.dataset.label.toLowerCase().includes(wanted) && !control.closest("dialog, [hidden]"))
    .slice(0, LIMIT);
}

function ownPath(text) {
  try {
    const address = new URL(text);
    return address.origin === location.origin ? address.pathname + address.search + address.hash : null;
  } catch {
    return null;
  }
}

function option(control, place) {
  const item = document.createElement("li");
  item.id = `palette-${place}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", String(place === 0));
  const disabled = control.getAttribute("aria-disabled") === "true";
  if (disabled) item.setAttribute("aria-disabled", "true");
  const name = document.createElement("span");
  name.textContent = control.dataset.label + (disabled ? `: ${control.dataset.reason}` : "");
  item.append(name);
  if (control.dataset.keys) {
    const hint = document.createElement("kbd");
    hint.textContent = control.dataset.keys.split("|")[0];
    item.append(hint);
  }
  item.addEventListener("click", () => choose(item, control));
  return item;
}

function choose(item, control) {
  if (item.getAttribute("aria-disabled") === "true") return;
  item.closest("dialog").close();
  if (control.matches("input, select, textarea")) control.focus();
  else control.click();
}

function fill(form) {
  const input = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  list.replaceChildren(...candidates(input.value).map(option));
  if (list.firstElementChild) input.setAttribute("aria-activedescendant", list.firstElementChild.id);
  else input.removeAttribute("aria-activedescendant");
}

function move(form, step) {
  const options = [...form.querySelectorAll("[role=option]")];
  if (!options.length) return;
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = (at + step + options.length) % options.length;
  options.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
  options[next].scrollIntoView({ block: "nearest" });
  form.querySelector("input").setAttribute("aria-activedescendant", options[next].id);
}

function submit(event) {
  const form = event.target;
  const path = ownPath(form.querySelector("input").value);
  const selected = form.querySelector("[role=option][aria-selected=true]");
  if (path !== null) {
    event.preventDefault();
    location.assign(path);
  } else if (selected) {
    event.preventDefault();
    selected.click();
  }
}

document.addEventListener("dialog-opened", (event) => {
  const form = event.target.querySelector("[data-palette]");
  if (!form) return;
  form.reset();
  fill(form);
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-palette]");
  if (form) fill(form);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-palette]");
  if (!form || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  move(form, event.key === "ArrowDown" ? 1 : -1);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-palette]")) submit(event);
});
