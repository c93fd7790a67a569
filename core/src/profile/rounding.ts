/** Numbers as Go's fmt prints them. JavaScript's own differ in one thing: of two decimals that are as near, Go takes the even one. */

/** `%.<digits>f`. */
export function fixed(value: number, digits: number): string {
  if (!isTie(value, digits)) return value.toFixed(digits);
  const scale = 10 ** digits;
  const below = Math.floor(Math.abs(value) * scale);
  const even = below % 2 === 0 ? below : below + 1;
  return `${value < 0 ? '-' : ''}${(even / scale).toFixed(digits)}`;
}

/** `%.<digits>g`: that many digits that count, without zeros at the end. */
export function shortest(value: number, digits: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const rounded = roundedTo(value, digits);
  const exponent = Number(rounded.toExponential().split('e')[1]);
  if (exponent >= -4 && exponent < digits) return decimal(rounded, digits - 1 - exponent);
  const [mantissa = '', power = ''] = rounded.toExponential(digits - 1).split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${short}e${power.startsWith('-') ? '-' : '+'}${power.replace(/^[+-]/, '').padStart(2, '0')}`;
}

function decimal(value: number, decimals: number): string {
  const text = value.toFixed(Math.max(0, decimals));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function roundedTo(value: number, digits: number): number {
  const exponent = Number(value.toExponential().split('e')[1]);
  const decimals = digits - 1 - exponent;
  if (decimals >= 0 && decimals <= 30 && isTie(value, decimals)) return Number(fixed(value, decimals));
  return Number(value.toPrecision(digits));
}

/** Whether `value` is exactly between two decimals: j / 2^(digits + 1) with an odd j is all that can be. */
function isTie(value: number, digits: number): boolean {
  const doubled = Math.abs(value) * 2 ** (digits + 1);
  return doubled < 2 ** 46 && Number.isInteger(doubled) && doubled % 2 === 1;
}
