// The map of places: a click or the arrow keys move the pin, the number fields keep it.

const STEP = 10;
const LARGE_STEP = 50;
const SIZE = 1000;
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const within = (number) => Math.max(0, Math.min(SIZE, Math.round(number)));

function fieldsOf(map) {
  return [map.querySelector("[name=place_x]"), map.querySelector("[name=place_y]")];
}

function placeOf(map) {
  const values = fieldsOf(map).map((field) => field.value);
  return values.every((value) => value !== "" && Number.isFinite(Number(value)))
    ? values.map((value) => within(Number(value)))
    : null;
}

function move(map, x, y) {
  const [across, down] = fieldsOf(map);
  across.value = within(x);
  down.value = within(y);
  show(map);
  say(map);
}

function clear(map) {
  for (const field of fieldsOf(map)) field.value = "";
  show(map);
  say(map);
  map.querySelector("[data-map-plane]").focus();
}

function show(map) {
  const place = placeOf(map);
  const pin = map.querySelector("[data-map-pin]");
  pin.setAttribute("visibility", place ? "visible" : "hidden");
  if (place) pin.setAttribute("transform", `translate(${place.join(" ")})`);
}

/** The district under the pin, for those who do not see it. */
function say(map) {
  const place = placeOf(map);
  const { none, outside } = map.dataset;
  const district = place && nearest(map, place);
  map.querySelector("[data-map-said]").textContent = !place ? none : (district ?? outside);
}

function nearest(map, [x, y]) {
  const found = [...map.querySelectorAll("[data-district]")].find((tile) => {
    const box = ["x", "y", "width", "height"].map((name) => Number(tile.getAttribute(name)));
    return x >= box[0] && x <= box[0] + box[2] && y >= box[1] && y <= box[1] + box[3];
  });
  return found?.dataset.district;
}

function mapOf(event) {
  return event.target.closest?.("[data-map]");
}

function clicked(event) {
  const map = mapOf(event);
  if (!map) return;
  if (event.target.closest("[data-map-clear]")) {
    clear(map);
    return;
  }
  const plane = event.target.closest("[data-map-plane]");
  if (!plane) return;
  const box = plane.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * SIZE;
  move(map, x, ((event.clientY - box.top) / box.height) * SIZE);
}

function pressed(event) {
  const way = MOVES[event.key];
  const map = mapOf(event);
  if (!way || !map || !event.target.closest("[data-map-plane]")) return;
  event.preventDefault();
  const [x, y] = placeOf(map) ?? [SIZE / 2, SIZE / 2];
  const step = event.shiftKey ? LARGE_STEP : STEP;
  move(map, x + way[0] * step, y + way[1] * step);
}

function typed(event) {
  const map = mapOf(event);
  if (!map || !fieldsOf(map).includes(event.target)) return;
  show(map);
  say(map);
}

function emptied(event) {
  // The fields are empty only after the event.
  setTimeout(() => event.target.querySelectorAll("[data-map]").forEach(show));
}

document.addEventListener("click", clicked);
document.addEventListener("keydown", pressed);
document.addEventListener("input", typed);
document.addEventListener("reset", emptied);
for (const part of document.querySelectorAll("[data-map] [data-show-js]")) part.hidden = false;
document.querySelectorAll("[data-map][data-editable]").forEach(show);
