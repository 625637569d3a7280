/** JSON whose integers keep all their digits: those beyond 2^53 are read and written as bigint. */

const mark = `int-${Math.random().toString(36).slice(2)}-${Math.random().toString(36).slice(2)}:`;
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const marked = new RegExp(`"${mark}(-?\\d+)"`, "g");

/** Throws SyntaxError. */
export function parse(text: string): unknown {
  const kept = text.replace(tokens, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  return JSON.parse(kept, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** Throws TypeError for numbers that JSON does not have. */
export function print(value: unknown): string {
  const text = JSON.stringify(value, (name, each: unknown) => {
    if (typeof each === "number" && !Number.isFinite(each)) {
      throw new TypeError(`${name} is ${each}, which is not JSON`);
    }
    return typeof each === "bigint" ? mark + each.toString() : each;
  });
  return text.replace(marked, "$1");
}
