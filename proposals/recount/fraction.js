// Exact numbers: a fraction of two whole numbers of any size, always in lowest terms.

class Fraction {
  constructor(above, below = 1n) {
    let top = BigInt(above);
    let bottom = BigInt(below);
    if (bottom === 0n) throw new RangeError("division by zero");
    if (bottom < 0n) [top, bottom] = [-top, -bottom];
    const shared = bottom === 1n ? 1n : commonDivisor(top < 0n ? -top : top, bottom);
    this.top = top / shared;
    this.bottom = bottom / shared;
    Object.freeze(this);
  }

  static of(number) {
    return number instanceof Fraction ? number : new Fraction(number);
  }

  plus(other) {
    const to = Fraction.of(other);
    if (this.bottom === to.bottom) return new Fraction(this.top + to.top, this.bottom);
    return new Fraction(this.top * to.bottom + to.top * this.bottom, this.bottom * to.bottom);
  }

  minus(other) {
    const to = Fraction.of(other);
    return this.plus(new Fraction(-to.top, to.bottom));
  }

  times(other) {
    const by = Fraction.of(other);
    return new Fraction(this.top * by.top, this.bottom * by.bottom);
  }

  over(other) {
    const by = Fraction.of(other);
    return new Fraction(this.top * by.bottom, this.bottom * by.top);
  }

  // Below zero, zero, or above, as `other` is greater, equal or smaller.
  compare(other) {
    const to = Fraction.of(other);
    const gap = this.top * to.bottom - to.top * this.bottom;
    return gap < 0n ? -1 : gap > 0n ? 1 : 0;
  }

  equals(other) {
    return this.compare(other) === 0;
  }

  isBelow(other) {
    return this.compare(other) < 0;
  }

  isAbove(other) {
    return this.compare(other) > 0;
  }

  floor() {
    const whole = this.top / this.bottom;
    return this.top < 0n && whole * this.bottom !== this.top ? whole - 1n : whole;
  }

  // The smallest whole number that is not below it.
  ceiling() {
    return -new Fraction(-this.top, this.bottom).floor();
  }

  // "3", or "7/2".
  toString() {
    return this.bottom === 1n ? `${this.top}` : `${this.top}/${this.bottom}`;
  }

  // For reading only: nothing is counted with it.
  toNumber() {
    const scaled = (this.top * 1_000_000n) / this.bottom;
    return Number(scaled) / 1_000_000;
  }
}

function commonDivisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a || 1n;
}

const ZERO = new Fraction(0);
const ONE = new Fraction(1);

function total(numbers) {
  let sum = ZERO;
  for (const number of numbers) sum = sum.plus(number);
  return sum;
}

function greatest(numbers) {
  return [...numbers].reduce((best, number) => (number.isAbove(best) ? number : best));
}

function smallest(numbers) {
  return [...numbers].reduce((best, number) => (number.isBelow(best) ? number : best));
}
