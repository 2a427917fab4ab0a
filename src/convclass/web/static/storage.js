"use strict";
// LTI Platform Storage: the page of the platform around this one keeps the state of a login, where this page gets no
// cookie. Only the platform's own origin is spoken to, and only its answers count.
(() => {
  const PATIENCE = 2000;

  function frame(target) {
    const around = window.parent !== window ? window.parent : window.opener;
    if (!around || target === "_parent") return around;
    try {
      return around.frames[target] || around;
    } catch {
      return around;
    }
  }

  function ask(page, subject, more) {
    const { target, platform, key } = page.dataset;
    const to = frame(target);
    const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
    return new Promise((resolve, reject) => {
      if (!to) {
        reject(new Error("no platform around this page"));
        return;
      }
      setTimeout(() => reject(new Error("no answer")), PATIENCE);
      window.addEventListener("message", ({ origin, data }) => {
        if (origin !== platform || !data || data.message_id !== id || data.subject !== `${subject}.response`) return;
        if (data.error) reject(new Error(data.error.message));
        else resolve(data.value);
      });
      to.postMessage({ subject, message_id: id, key, ...more }, platform);
    });
  }

  const store = document.getElementById("store");
  if (store) {
    const on = () => window.location.replace(document.getElementById("on").href);
    ask(store, "lti.put_data", { value: store.dataset.value }).then(on, on); // a cookie may do as well
  }

  const form = document.getElementById("ask");
  if (form) {
    ask(form, "lti.get_data", {}).then(
      (value) => {
        form.elements.stored.value = typeof value === "string" ? value : "";
        form.submit();
      },
      () => { document.getElementById("window").hidden = false; },
    );
  }
})();
