"use strict";
// Times are entered in the time of the person's computer, and sent in UTC.
(() => {
  for (const zone of document.querySelectorAll(".zone")) zone.textContent = "your time";
  const form = document.getElementById("pick");
  form.addEventListener("formdata", ({ formData }) => {
    for (const input of form.querySelectorAll("input[type=datetime-local]")) {
      if (input.value) formData.set(input.name, new Date(input.value).toISOString());
    }
  });
  // Whoever fills in a row means that row.
  form.addEventListener("input", ({ target }) => {
    const row = target.closest("tr")?.querySelector("[name=pick]");
    if (row && row !== target) row.checked = true;
  });
})();
