/**
 * Exact draws of counts: by inversion while few are expected, else by transformed rejection with squeeze (PTRS and BTRS of
 * W. Hörmann, "The transformed rejection method for generating Poisson random variables", 1993, and "The generation of
 * binomial random variates", 1993), whose cost does not grow with the mean.
 */

/** Draws in (0, 1), with 53 bits. */
type Unit = () => number;

/** Up to this mean inversion is cheaper, and rejection needs at least it. */
const inversionMeanMax = 10;

/** How many of the events that come by themselves, `mean` on the average, come. */
export function drawPoisson(unit: Unit, mean: number): number {
  if (!(mean > 0)) return 0;
  return mean < inversionMeanMax ? poissonByInversion(unit, mean) : poissonByRejection(unit, mean);
}

/** How many of `count` succeed when each does with `chance`. */
export function drawBinomial(unit: Unit, count: number, chance: number): number {
  if (count <= 0 || !(chance > 0)) return 0;
  if (chance >= 1) return count;
  if (count <= oneByOneMax) return oneByOne(unit, count, chance);
  if (chance > 0.5) return count - drawBinomial(unit, count, 1 - chance);
  return count * chance < inversionMeanMax
    ? binomialByInversion(unit, count, chance)
    : binomialByRejection(unit, count, chance);
}

function poissonByInversion(unit: Unit, mean: number): number {
  let left = unit();
  let probability = Math.exp(-mean);
  for (let count = 0; ; count++) {
    if (left <= probability || probability === 0) return count;
    left -= probability;
    probability *= mean / (count + 1);
  }
}

function poissonByRejection(unit: Unit, mean: number): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = unit() - 0.5;
    const v = unit();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const density = count * logMean - mean - logFactorial(count);
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= density) return count;
  }
}

const oneByOneMax = 3;

function oneByOne(unit: Unit, count: number, chance: number): number {
  let successes = 0;
  for (let index = 0; index < count; index++) if (unit() < chance) successes += 1;
  return successes;
}

function binomialByInversion(unit: Unit, count: number, chance: number): number {
  const odds = chance / (1 - chance);
  const none = Math.exp(count * Math.log1p(-chance));
  for (;;) {
    let left = unit();
    let probability = none;
    for (let successes = 0; successes <= count; successes++) {
      if (left <= probability) return successes;
      left -= probability;
      probability *= (odds * (count - successes)) / (successes + 1);
    }
    // The probabilities do not quite sum to 1: draw again.
  }
}

function binomialByRejection(unit: Unit, count: number, chance: number): number {
  const odds = chance / (1 - chance);
  const deviation = Math.sqrt(count * chance * (1 - chance));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * chance;
  const centre = count * chance + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((count + 1) * chance);
  const atMode =
    (mode + 0.5) * Math.log((mode + 1) / (odds * (count - mode + 1))) + stirlingRest(mode) + stirlingRest(count - mode);
  for (;;) {
    const u = unit() - 0.5;
    const v = unit();
    const us = 0.5 - Math.abs(u);
    const successes = Math.floor(((2 * a) / us + b) * u + centre);
    if (successes < 0 || successes > count) continue;
    if (us >= 0.07 && v <= squeeze) return successes;
    const failures = count - successes;
    const density =
      atMode +
      (count + 1) * Math.log((count - mode + 1) / (failures + 1)) +
      (successes + 0.5) * Math.log((odds * (failures + 1)) / (successes + 1)) -
      stirlingRest(successes) -
      stirlingRest(failures);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= density) return successes;
  }
}

const halfLogTwoPi = 0.9189385332046727;

function logFactorial(count: number): number {
  return halfLogTwoPi + (count + 0.5) * Math.log(count + 1) - (count + 1) + stirlingRest(count);
}

/** What Stirling's formula for the logarithm of `count`! leaves over. */
function stirlingRest(count: number): number {
  const known = smallRests[count];
  if (known !== undefined) return known;
  const next = count + 1;
  const square = next * next;
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / next;
}

const smallRests = Array.from({ length: 10 }, (_, count) => {
  let logOfFactorial = 0;
  for (let factor = 2; factor <= count; factor++) logOfFactorial += Math.log(factor);
  return logOfFactorial - (halfLogTwoPi + (count + 0.5) * Math.log(count + 1) - (count + 1));
});
