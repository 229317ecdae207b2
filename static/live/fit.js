// What stands on a projector is made smaller until all of it is on the screen: nobody
// scrolls in a hall. Tall and narrow windows scroll (see app.css).

// So many sizes has app.css: `[data-fit]`.
const SIZES = 9;

function fits() {
  const { scrollHeight } = document.documentElement;
  const wide = [...document.querySelectorAll(".projector .scroll")];
  return (
    scrollHeight <= globalThis.innerHeight + 1 &&
    wide.every((element) => element.scrollWidth <= element.clientWidth + 1)
  );
}

function fit(body) {
  const scrolls = matchMedia("(max-width: 50rem), (orientation: portrait)").matches;
  for (let size = 0; size <= SIZES; size += 1) {
    body.dataset.fit = size;
    if (scrolls || fits()) return;
  }
}

const body = document.querySelector(".projector__body");
if (body) {
  const again = () => fit(body);
  // New parts, not every second of a clock: those change their text in place.
  new MutationObserver(again).observe(document.querySelector(".projector"), {
    childList: true,
    subtree: true,
  });
  addEventListener("resize", again);
  document.fonts.ready.then(again);
  again();
}
