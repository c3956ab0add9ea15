// Enter in the Ctrl+K palette, before anything is chosen there, asks what the field above
// the menu asks: one thing that is found is opened at once. Unfold's own script fails then.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "search-input-command") {
    return;
  }
  if (document.querySelector("#command-results-list .active")) {
    return; // chosen with the arrows
  }
  event.preventDefault();
  event.stopPropagation();
  const form = document.querySelector("form[role=search]");
  form.elements.q.value = event.target.value;
  form.requestSubmit(); // sends nothing while the field is empty
}, true);
