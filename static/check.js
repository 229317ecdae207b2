// Tests connection and device on the page of the door. Everything works without it.
(function () {
  "use strict";

  const list = document.getElementById("check");
  if (!list) { return; }
  const SLOW = 800;
  const CLOCK_MAY_DIFFER = 5000;
  const PATIENCE = 8000;

  function tell(name, state, value) {
    const point = list.querySelector('[data-check="' + name + '"]');
    point.hidden = false;
    point.querySelectorAll("[data-when]").forEach(function (text) {
      text.hidden = text.dataset.when !== state;
    });
    if (value !== undefined) {
      point.querySelectorAll("[data-value]").forEach(function (place) {
        place.textContent = value;
      });
    }
  }

  function checkSocket() {
    tell("socket", "open");
    const scheme = window.location.protocol === "https:" ? "wss://" : "ws://";
    let socket;
    let decided = false;
    function decide(state) {
      if (decided) { return; }
      decided = true;
      tell("socket", state);
      if (socket) { socket.close(); }
    }
    try {
      socket = new WebSocket(scheme + window.location.host + list.dataset.socket);
    } catch (error) {
      decide("fail");
      return;
    }
    socket.addEventListener("open", function () { decide("ok"); });
    // Refused by the server (44xx) means that the server was reached.
    socket.addEventListener("close", function (event) {
      decide(event.code >= 4400 && event.code < 4500 ? "ok" : "fail");
    });
    window.setTimeout(function () { decide("fail"); }, PATIENCE);
  }

  async function ping() {
    const began = performance.now();
    const answer = await fetch(list.dataset.ping, {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!answer.ok) { throw new Error("no answer"); }
    const took = performance.now() - began;
    return { took: took, ahead: Date.now() - took / 2 - Number(answer.headers.get("X-Now")) };
  }

  async function checkSpeedAndClock() {
    tell("speed", "open");
    tell("clock", "open");
    try {
      await ping(); // the first one may open the connection
      const one = await ping();
      const other = await ping();
      const best = one.took < other.took ? one : other;
      tell("speed", best.took < SLOW ? "ok" : "warn", Math.round(best.took));
      const apart = Math.abs(best.ahead);
      tell("clock", apart < CLOCK_MAY_DIFFER ? "ok" : "warn", Math.round(apart / 1000));
    } catch (error) {
      tell("speed", "fail");
      tell("clock", "fail");
    }
  }

  function checkDevice() {
    let keeps = true;
    try {
      window.localStorage.setItem("check", "1");
      window.localStorage.removeItem("check");
    } catch (error) {
      keeps = false;
    }
    tell("storage", keeps ? "ok" : "warn");
    const width = window.innerWidth;
    tell("screen", width >= 320 ? "ok" : "warn", width + " × " + window.innerHeight);
    const reduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    tell("motion", reduced ? "warn" : "ok");
  }

  function check() {
    checkSocket();
    checkSpeedAndClock();
    checkDevice();
  }

  const fold = list.closest("[data-check-on-open]");
  if (fold) {
    fold.addEventListener("toggle", check, { once: true });
  } else {
    check();
  }
})();
