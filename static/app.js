// The little behaviour that HTML and htmx do not bring along. Everything works without this file too.
(() => {
  "use strict";
  const find = (css, from = document) => from.querySelector(css);
  const all = (css, from = document) => from.querySelectorAll(css);

  // Running clocks and the life of toasts, once a second. The server's clock counts, not this machine's.
  const ahead = Number(document.body.dataset.now) - Date.now();
  const two = n => String(n).padStart(2, "0");
  function tick() {
    const now = Math.floor((Date.now() + ahead) / 1000);
    for (const e of all("[data-since]")) {
      const s = Math.max(0, now - Number(e.dataset.since));
      e.textContent = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    }
    for (const e of all("[data-until]")) {
      const s = Math.max(0, Number(e.dataset.until) - now);
      e.textContent = `${Math.floor(s / 60)}:${two(s % 60)}`;
      if (s === 0) setTimeout(() => location.reload(), 1000);
    }
    for (const toast of all(".toast[data-ttl]")) {
      if (toast.matches(":hover, :focus-within")) continue;
      if (--toast.dataset.ttl <= 0) toast.remove();
    }
  }
  setInterval(tick, 1000);

  // Dialogs: whatever arrives in the slot is opened as a modal; closing gives the focus back to where it came from.
  let back = "";
  function openDialog() {
    const dialog = find("#dialog-slot dialog:not([open])");
    if (dialog) {
      back = dialog.dataset.return || back;
      dialog.addEventListener("close", () => { if (dialog.isConnected) { dialog.remove(); focusBack(); } });
      dialog.showModal();
      find("[autofocus]", dialog)?.focus();
    } else if (back && !find("#dialog-slot dialog")) {
      focusBack();
    }
  }
  function focusBack() {
    const target = document.getElementById(back) || find("main");
    back = "";
    target?.focus({ preventScroll: true });
  }

  let focused = null;
  document.addEventListener("focusin", event => { focused = event.target; }); // a button that is disabled meanwhile loses it
  document.addEventListener("htmx:after:swap", () => {
    openDialog();
    // What was used may be gone, as paging and Start are; a heading or the count says where one is.
    if (focused && !focused.isConnected && document.activeElement === document.body) find("#accounts-count, [data-refocus]")?.focus({ preventScroll: true });
    for (const e of all("[data-take-focus]")) { delete e.dataset.takeFocus; e.focus(); }
  });
  document.addEventListener("click", event => {
    const closer = event.target.closest?.("[data-close]");
    if (!closer) return;
    const box = closer.closest("dialog[open], .toast");
    if (!box) return;
    event.preventDefault();
    if (box.matches("dialog")) box.close(); else box.remove();
  });
  // Typing a time of one's own chooses it.
  document.addEventListener("input", event => {
    const radio = document.getElementById(event.target.dataset?.chooses || "");
    if (radio) radio.checked = true;
  });
  // Copying what is shown once, and looking at a password as typed.
  document.addEventListener("click", event => {
    const { copy, done, reveal } = event.target.closest?.("[data-copy], [data-reveal]")?.dataset ?? {};
    const target = document.getElementById(copy || reveal || "");
    if (!target) return;
    const button = event.target.closest("button");
    if (copy) {
      getSelection().selectAllChildren(target);
      navigator.clipboard?.writeText(target.textContent).then(() => { button.textContent = done; });
    } else {
      target.type = target.type === "password" ? "text" : "password";
      button.setAttribute("aria-pressed", target.type === "text");
    }
  });
  // Who is new most likely lives where the device says.
  const zone = find("select[data-local-zone]");
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && [...zone.options].some(option => option.value === local)) zone.value = local;
  // On a small window the present one of many tabs may be out of sight. Only the row is scrolled, never the page.
  for (const row of all(".tabs ul, .nav ul")) {
    const here = find("[aria-current]", row)?.getBoundingClientRect(), room = row.getBoundingClientRect();
    if (here) row.scrollLeft += here.left + here.width / 2 - room.left - room.width / 2;
  }
  // "/" goes to the search, as people know it from elsewhere.
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input, textarea, select, [contenteditable]") || find("dialog[open]")) return;
    const search = find("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });

  // Live stream: the server says when this page may no longer be shown, or an answer of the stream says so.
  // A form that was just sent leads on by itself; a reload would take its answer away.
  // The same for a page that is being left already: a reload would win over where it leads.
  let sent = 0, left = 0;
  document.addEventListener("submit", () => { sent = Date.now(); }, true);
  addEventListener("beforeunload", () => { left = Date.now(); });
  const gone = () => { if (Date.now() - sent < 3000 || Date.now() - left < 15000) setTimeout(gone, 500); else location.reload(); };
  document.addEventListener("gone", gone);
  document.addEventListener("htmx:sse:error", event => {
    if ([401, 403, 404].includes(event.detail?.status)) gone();
  });
  // The number of unread notices comes along with the stream.
  document.addEventListener("notices-changed", event => {
    const badge = find("#unread"), { count, label } = JSON.parse(event.detail?.data || "{}");
    if (!badge || count === undefined) return;
    badge.hidden = count === "";
    badge.firstElementChild.textContent = count;
    badge.lastElementChild.textContent = label;
  });
  // No answer at all: say so, once, and keep what is on the page.
  document.addEventListener("htmx:error", event => {
    const hint = find("#offline");
    if (!hint || !event.detail?.ctx || event.detail.ctx.sourceElement?.id === "live" || find("#toasts .offline")) return;
    find("#toasts").append(hint.content.cloneNode(true));
  });

  // A result that was shown once is not shown again on reload.
  const url = new URL(location.href);
  const flash = ["stopped", "undone", "corrected", "deactivated", "saved", "returned", "created", "deleted", "restored", "answered"].filter(name => url.searchParams.has(name));
  if (flash.length) {
    flash.forEach(name => url.searchParams.delete(name));
    history.replaceState(history.state, "", url);
  }
})();
