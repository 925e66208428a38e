// Spares clicks; nothing depends on it. Drop zones take files, and a form is sent once.
"use strict";
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  const lit = (on) => zone.classList.toggle("over", on);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); lit(true); });
  zone.addEventListener("dragleave", () => lit(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    lit(false);
    if (event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files;
      // Whoever drops a document wants to see what is wrong with it. Chosen in the dialogue, it waits for the button.
      if (input.multiple) input.form.requestSubmit();
    }
  });
}
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = form.querySelector("button[type=submit]");
    if (button && form.dataset.busy) button.textContent = form.dataset.busy;
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
