// Who else is here is asked again and again; where no answer comes, the page says that it does not know instead of showing what was.

for (const event of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(event, ({ target }) => {
    if (target.matches("[data-presence]")) target.textContent = "Presence unknown.";
  });
}
