// The Accounts tab: choosing rows, and keeping the table while it can't be refreshed. It works without this file too.
(() => {
  "use strict";
  const byId = id => document.getElementById(id);

  // The box in the head chooses the page; the bar below says how many are chosen.
  const boxes = () => [...document.querySelectorAll("#accounts input[name=member]")];
  function count() {
    const all = boxes(), chosen = all.filter(box => box.checked).length;
    const page = byId("pick-page"), out = byId("picked");
    if (page) {
      page.checked = chosen > 0 && chosen === all.length;
      page.indeterminate = chosen > 0 && chosen < all.length;
    }
    if (out && out.textContent !== String(chosen)) out.textContent = chosen;
  }
  document.addEventListener("change", event => {
    if (event.target.id === "pick-page") for (const box of boxes()) box.checked = event.target.checked;
    count();
  });
  document.addEventListener("htmx:after:swap", count);
  addEventListener("pageshow", count);

  // A refresh that failed leaves the old rows, says so, and can be tried again.
  let failed = null;
  function stale(event) {
    const ctx = event.detail?.ctx, status = ctx?.response?.status ?? 0;
    if (!byId("stale") || ctx?.target?.id !== "accounts" || status && status < 500 && status !== 429) return;
    failed = { source: ctx.sourceElement, url: ctx.request.action };
    byId("stale").hidden = false;
  }
  document.addEventListener("htmx:error", stale);
  document.addEventListener("htmx:response:error", stale);
  document.addEventListener("click", event => {
    if (!event.target.closest?.("[data-retry]") || !failed) return;
    event.preventDefault();
    if (failed.source?.isConnected && failed.source.matches("a")) failed.source.click();
    else htmx.ajax("GET", failed.url, { target: "#accounts", swap: "outerMorph" });
  });
})();
