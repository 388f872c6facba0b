// The preference of this browser: the theme, which the server reads from its cookie so that nothing flashes.

const YEAR = 31_536_000;

function cookie(name) {
  return document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function apply(name, value) {
  if (name === "theme") document.documentElement.dataset.theme = value;
}

for (const radio of document.querySelectorAll("[data-preference]")) {
  const kept = cookie(radio.dataset.preference);
  if (!kept) continue;
  radio.checked = radio.value === kept;
  apply(radio.dataset.preference, kept);
}

document.addEventListener("change", (event) => {
  const name = event.target.dataset.preference;
  if (!name) return;
  document.cookie = `${name}=${event.target.value}; path=/; max-age=${YEAR}; samesite=lax`;
  apply(name, event.target.value);
});
