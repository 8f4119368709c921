import { isIP, isIPv4, isIPv6 } from "node:net";

/** Whether a text has the form that its `format` asks for; one that nobody knows asks for nothing (kube-openapi: pkg/validation/strfmt). */
export function hasFormat(format: string, value: string): boolean {
  return Object.hasOwn(formats, format) ? (formats[format]?.(value) ?? true) : true;
}

const formats: Readonly<Record<string, (value: string) => boolean>> = {
  byte: (value) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
  cidr: (value) => {
    const [address = "", length = ""] = value.split("/");
    return isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (isIPv4(address) ? 32 : 128);
  },
  date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  "date-time": (value) => /^\d{4}-\d\d-\d\d[tT ]\d\d:/.test(value) && !Number.isNaN(Date.parse(value)),
  duration: (value) => /^[+-]?(\d+(\.\d+)?\s*[a-zA-Zµ]+\s*)+$/.test(value) && durationUnits(value),
  email: (value) => /^[^\s@<>]+@[^\s@<>]+$/.test(value),
  hostname: (value) =>
    value.length <= 253 &&
    /^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62})?)(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62})?)*\.?$/.test(value),
  ipv4: (value) => isIPv4(value),
  ipv6: (value) => isIPv6(value),
  mac: (value) => /^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(value),
  uri: (value) => URL.canParse(value) || /^\/[^\s]*$/.test(value),
  uuid: (value) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value),
};

function durationUnits(value: string): boolean {
  return [...value.matchAll(/[a-zA-Zµ]+/g)].every(([unit]) => units.has(unit));
}

const units: ReadonlySet<string> = new Set(
  "ns nano nanosecond nanoseconds us µs micro microsecond microseconds ms milli millisecond milliseconds s sec second seconds m min minute minutes h hr hour hours d day days w wk week weeks".split(
    " ",
  ),
);
