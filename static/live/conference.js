// The video inside the page, by the person's own click. Before it, nothing of the
// provider is asked for: there is no address of it in the page but its name.

import { button, make, root } from "./room.js";

function say(place, text) {
  place.querySelector("[data-frame-failed]")?.remove();
  if (text) place.append(make("p", { role: "alert", "data-frame-failed": "" }, text));
}

function close(place, opener) {
  place.querySelector(".conference")?.remove();
  opener.focus();
}

async function addressOf(place) {
  const answer = await fetch(place.dataset.way, { headers: { Accept: "application/json" } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.refused?.message ?? "");
  return said.address;
}

async function load(opener) {
  const place = opener.closest("[data-frame]");
  if (place.querySelector(".conference")) return;
  say(place, "");
  opener.disabled = true;
  try {
    const frame = make("iframe", {
      src: await addressOf(place),
      title: place.dataset.title,
      allow: "camera; microphone; display-capture; fullscreen; autoplay",
      referrerpolicy: "no-referrer",
      class: "conference__frame",
    });
    const end = button(place.dataset.close, "kern-btn--tertiary", () => close(place, opener));
    place.append(make("div", { class: "conference" }, frame, end));
    end.focus();
  } catch (fault) {
    say(place, fault.message && fault.name === "Error" ? fault.message : place.dataset.failed);
  }
  opener.disabled = false;
}

// Planned after this page was loaded: its policy does not know the provider yet.
document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
  const place = root.querySelector("[data-frame]");
  if (effectiveDirective !== "frame-src" || !place) return;
  close(place, place.querySelector("[data-frame-load]"));
  say(place, place.dataset.failed);
});

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-frame-load]");
  if (opener) load(opener);
});
