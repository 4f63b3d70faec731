// Small comforts on top of pages that work without them. No page depends on this file.
(() => {
  "use strict";
  const each = (selector, f) => document.querySelectorAll(selector).forEach(f);

  // A form is sent once: the button waits, and is back when the visitor comes back.
  each("form[data-once]", (form) => form.addEventListener("submit", (e) => {
    if (form.dataset.sent) { e.preventDefault(); return; }
    if (e.defaultPrevented) return;
    form.dataset.sent = "1";
    form.querySelectorAll("button:not([type=button])").forEach((b) => b.setAttribute("aria-busy", "true"));
  }));
  addEventListener("pageshow", () => each("form[data-sent]", (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
  }));

  // What cannot be undone is asked about.
  each("[data-confirm]", (el) => el.addEventListener(el.tagName === "FORM" ? "submit" : "click", (e) => {
    if (!confirm(el.dataset.confirm)) { e.preventDefault(); e.stopImmediatePropagation(); }
  }, true));

  // Quantities get buttons.
  each("[data-quantity]", (box) => {
    const input = box.querySelector("input"), [less, more] = box.querySelectorAll("button");
    const low = Number(input.min || 0), high = Number(input.max || 999);
    const show = () => { less.disabled = Number(input.value) <= low; more.disabled = Number(input.value) >= high; };
    const step = (by) => {
      input.value = Math.min(high, Math.max(low, Math.trunc(Number(input.value) || 0) + by));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    less.addEventListener("click", () => step(-1));
    more.addEventListener("click", () => step(1));
    input.addEventListener("change", show);
    input.addEventListener("input", show);
    box.classList.add("ready");
    show();
  });

  each("select[data-autosubmit], input[data-autosubmit]", (el) => el.addEventListener("change", () => el.form.requestSubmit()));

  // A form that computes as it is filled in: what a choice changes is asked for and put in its place; all else stays.
  each("form[data-live]", (form) => {
    let turn = 0;
    each("[data-fallback]", (b) => { b.hidden = true; });
    form.addEventListener("change", async (e) => {
      if (!e.target.matches("[data-asks], [data-part] input, [data-part] select")) return;
      const mine = ++turn;
      try {
        const res = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        const page = new DOMParser().parseFromString(await res.text(), "text/html");
        if (mine !== turn || !page.querySelector("form[data-live]")) return;
        const at = document.activeElement;
        each("[data-part]", (el) => {
          const now = page.getElementById(el.id);
          if (!now) return;
          now.querySelectorAll("[data-fallback]").forEach((b) => { b.hidden = true; });
          const kept = el.contains(at) && at.name;
          el.replaceWith(now);
          if (kept) (at.type === "radio" ? [...form.elements[at.name]].find((r) => r.value === at.value) : form.elements[at.name])?.focus({ preventScroll: true });
        });
      } catch { /* the button asks, too */ }
    });
  });

  // Seven digits fill the address in; whatever was typed by hand stays.
  const ascii = (s) => s.normalize("NFKC").replace(/\D/g, "");
  each("input[data-postcode]", (input) => {
    let asked = "";
    const fill = (name, value) => {
      const el = input.form.elements[name];
      if (!el || !value || (el.value && el.dataset.filled !== el.value)) return;
      el.value = value;
      el.dataset.filled = el.value;
      el.dispatchEvent(new Event("change", { bubbles: true }));
    };
    input.addEventListener("input", async () => {
      const code = ascii(input.value);
      if (code.length !== 7 || code === asked) return;
      asked = code;
      try {
        const res = await fetch(input.dataset.postcode + code, { headers: { Accept: "application/json" } });
        if (!res.ok || ascii(input.value) !== code) return;
        const a = await res.json();
        fill(input.dataset.prefecture || "prefecture", a.prefecture);
        fill(input.dataset.city || "city", a.city);
        fill(input.dataset.town || "town", a.town);
        if (input.dataset.address) fill(input.dataset.address, [a.prefecture, a.city, a.town].join(""));
      } catch { /* by hand, then */ }
    });
  });

  // A password can be looked at.
  each("input[data-peek]", (input) => {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "button quiet small";
    b.textContent = input.dataset.peek;
    b.setAttribute("aria-pressed", "false");
    b.addEventListener("click", () => {
      const on = input.type === "password";
      input.type = on ? "text" : "password";
      b.setAttribute("aria-pressed", String(on));
    });
    input.insertAdjacentElement("afterend", b);
  });

  each("[data-print]", (b) => { b.hidden = false; b.addEventListener("click", () => print()); });

  each("[data-copy]", (b) => {
    if (!navigator.clipboard) return;
    b.hidden = false;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(b.dataset.copy);
      b.textContent = b.dataset.done || b.textContent;
    });
  });

  // Passkeys: data-passkey="create|get", data-begin and data-finish are addresses of this origin. The first gives the
  // options, the second takes the credential, with the text of the input that data-name names, and answers {"location": …}. Errors are shown in the element data-message names.
  const post = async (url, body) => {
    const res = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body ?? {}) });
    const out = await res.json().catch(() => ({}));
    if (!res.ok && out.location && out.location.startsWith("/") && !out.location.startsWith("//")) location.assign(out.location);
    if (!res.ok) throw new Error(out.message || String(res.status));
    return out;
  };
  each("[data-passkey]", (b) => {
    if (!window.PublicKeyCredential || !PublicKeyCredential.parseCreationOptionsFromJSON) return;
    b.hidden = false;
    const said = document.getElementById(b.dataset.message);
    b.addEventListener("click", async () => {
      b.setAttribute("aria-busy", "true");
      if (said) said.textContent = "";
      try {
        const options = await post(b.dataset.begin);
        const publicKey = options.publicKey || options;
        const credential = b.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
        const name = document.getElementById(b.dataset.name);
        const out = await post(b.dataset.finish + (name ? "?name=" + encodeURIComponent(name.value) : ""), credential.toJSON());
        location.assign(out.location && out.location.startsWith("/") && !out.location.startsWith("//") ? out.location : "/");
      } catch (e) {
        if (said) said.textContent = e.name === "NotAllowedError" ? b.dataset.cancelled || e.message : e.message;
      } finally {
        b.removeAttribute("aria-busy");
      }
    });
  });
})();
