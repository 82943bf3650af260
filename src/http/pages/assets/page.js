// Keeps the page live: fetches its live part again and again and changes only what differs, so that focus, selection,
// scroll and open details stay as they are. Without this script the page is the same and reloads itself.
(() => {
  "use strict";
  const EVERY_MS = 1000;
  const LATEST_MS = 15000;
  const live = document.getElementById("live");
  const lost = document.getElementById("lost");
  let wait = EVERY_MS;
  let timer = 0;
  let running = null;

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key || node.id || "" : "");
  const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

  // What the reader opened stays open.
  const isReaders = (node, name) => name === "open" && node.nodeName === "DETAILS";

  function changeAttributes(old, fresh) {
    for (const { name, value } of [...fresh.attributes]) {
      if (!isReaders(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!isReaders(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
  }

  function change(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.isEqualNode(fresh)) return;
    changeAttributes(old, fresh);
    changeChildren(old, fresh);
  }

  function changeChildren(old, fresh) {
    const byKey = new Map();
    for (const child of old.childNodes) {
      if (keyOf(child)) byKey.set(keyOf(child), child);
    }
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const known = byKey.get(keyOf(next));
      if (known && known.parentNode === old && isAlike(known, next)) {
        if (known === at) at = at.nextSibling;
        else old.insertBefore(known, at);
        change(known, next);
      } else if (at && !keyOf(at) && isAlike(at, next)) {
        const same = at;
        at = at.nextSibling;
        change(same, next);
      } else {
        old.insertBefore(document.importNode(next, true), at);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  async function refresh() {
    clearTimeout(timer);
    running?.abort();
    const mine = (running = new AbortController());
    const asked = location.search;
    try {
      const response = await fetch("/fragment/live" + asked, { cache: "no-store", signal: mine.signal });
      if (response.status === 401) return location.reload();
      if (!response.ok && response.status !== 404) throw new Error(`status ${response.status}`);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("live");
      if (!fresh) throw new Error("not the page's live part");
      change(live, fresh);
      document.title = fresh.dataset.title;
      lost.hidden = true;
      wait = EVERY_MS;
    } catch (error) {
      if (mine.signal.aborted) return;
      lost.hidden = false;
      wait = Math.min(wait * 2, LATEST_MS);
    }
    if (!document.hidden) timer = setTimeout(refresh, wait);
  }

  async function open() {
    await refresh();
    const title = document.getElementById("case-title") || document.getElementById("orders-title");
    title?.focus({ preventScroll: true });
    if (title && title.getBoundingClientRect().top < 0) title.scrollIntoView({ block: "start" });
  }

  // An order's link changes the case beside the list and leaves the list where it is.
  live.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-order]");
    const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) && event.button === 0;
    if (!link || !plain) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    open();
  });
  addEventListener("popstate", open);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
  timer = setTimeout(refresh, EVERY_MS);
})();
